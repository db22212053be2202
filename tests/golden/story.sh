#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The page of a story in a browser without a screen: what it says at two times, what keys and
# clicks do, that no script fails, and that a name is never more than a name.

set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
sentence="a browser shows the page of a story"
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -z "$chromium" ]; then
	echo "skipped $sentence: there is no Chromium (apt-get install chromium)"
	exit 0
fi
work=$(mktemp -d "${TEST_WORK:-/tmp}/story.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
export HOME=$work LC_ALL=C.UTF-8
name='</script><img src=x onerror=fail(1)>"&'

say() { # RESULT SENTENCE
	if [ "$1" = 0 ]; then
		echo "ok $2"
	else
		echo "not ok $2"
		cat "$work/dom" 2>/dev/null
	fi
}

rooms=()
for room in sim/world sim/channel node/control node/wire node/base; do
	rooms+=("$build/obj/$room/room.a")
done
${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -I. -O1 -g -Wall -Wextra -o "$work/driver" \
	tests/golden/story_driver.c -Wl,--start-group "${rooms[@]}" -Wl,--end-group &&
	"$work/driver" "$work/page.html" "$work/lines.jsonl" "$name"
say $? "a made-up story is written" || exit 1

# The document after scripts have run, without them. EXTRA: a script that runs last.
dom() { # HASH [EXTRA]
	local page=$work/page.html
	if [ -n "${2:-}" ]; then
		page=$work/extra.html
		{
			cat "$work/page.html"
			echo "<script>addEventListener('load', () => { $2 });</script>"
		} >"$page"
	fi
	rm -rf "$work/profile"
	mkdir "$work/profile"
	timeout 120 "$chromium" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
		--disable-background-networking --disable-component-update --disable-sync \
		--disable-dev-shm-usage --user-data-dir="$work/profile" --window-size=1280,800 \
		--virtual-time-budget=3000 --dump-dom "file://$page#$1" >"$work/whole" 2>"$work/browser.err"
	sed '1,/<body>/d; /<script/,/<\/script>/d' "$work/whole" >"$work/dom"
}

has() { # TEXT...
	local text
	for text; do
		grep -qF -- "$text" "$work/dom" || return 1
	done
}

no_error='<pre id="errors" hidden=""></pre>'

dom "t=1.5&node=0&tab=nodes"
if [ ! -s "$work/whole" ]; then
	echo "skipped $sentence: the browser does not start here: $(grep -av dbus "$work/browser.err" | tail -n 1)"
	exit 0
fi
has '<span id="clock">1.500 s</span>'
say $? "the page opens at the time after the #"
has '4 nodes: 2 no folder, 1 synced, 1 syncing' '2 different trees' '3,200 frame records'
say $? "it counts nodes by state, trees and frames"
[ "$(grep -o '<td class="name">' "$work/dom" | wc -l)" = 4 ] && has '<td>syncing</td><td class="number">5</td>'
say $? "the list of nodes has every node, its state and what it lacks"
has '<h2>n0</h2>' '<td>12 files; lacks 0 (0 B)</td>' '<td>74726565</td>' '<td>n3</td><td>n1</td><td>3</td>' 'sent to'
say $? "a chosen node shows its folder, its routes and its last frames"
has '&lt;/script&gt;&lt;img src=x onerror=fail(1)&gt;"&amp;' && ! grep -q '<img' "$work/whole"
say $? "a name that looks like markup is shown as it is"
has "$no_error"
say $? "no script fails"

dom "t=6"
has '<span id="clock">6.000 s</span>' '4 nodes: 2 synced, 1 no folder, 1 dead' 'all trees alike' "$no_error"
say $? "later the trees are alike and a node is dead"
has '<span class="held">trees alike</span>' '<span class="broken">trees alike: two trees</span>' \
	'<span class="event">cut n2 n3</span>' '<span class="died">n3 ends</span>'
say $? "events and verdicts are listed"

keys() { # SCRIPT: key(NAME[, SHIFT]) in it is a key pressed in the page
	echo "const key = (name, shift) => document.body.dispatchEvent(new KeyboardEvent('keydown',
		{ key: name, shiftKey: shift === true, bubbles: true, cancelable: true }));
		$1"
}
dom "t=6" "$(keys "key('End')")"
has '<span id="clock">8.000 s</span>' "$no_error"
say $? "the key End goes to the end"
dom "t=6" "$(keys "key('Home'); key('ArrowRight'); key('ArrowRight')")"
has '<span id="clock">0.200 s</span>' "$no_error"
say $? "arrows make steps"
dom "t=6" "$(keys "key('ArrowLeft', true)")"
has '<span id="clock">4.005 s</span>' "$no_error"
say $? "with shift they go to the event before"
dom "t=7" "$(keys "key(' '); for (let i = 0; i < 9; i++) turn(view.before + 100); key(' ')")"
has '<span id="clock">7.900 s</span>' '>Play</button>' "$no_error"
say $? "space plays and stops"
dom "t=7" "$(keys "key(' '); for (let i = 0; i < 11; i++) turn(view.before + 100)")"
has '<span id="clock">8.000 s</span>' '>Play</button>' "$no_error"
say $? "playing stops at the end"
dom "t=0" "document.querySelectorAll('#events button')[1].click()"
has '<span id="clock">4.005 s</span>' "$no_error"
say $? "a click on an event goes to its time"
dom "t=6" "choose({ kind: 'link', id: '0 1' })"
has '<h2>n0 – n1</h2>' '<td>received</td><td>785 frames, 837 kB</td>' '<td>lost</td><td>15 frames</td>' "$no_error"
say $? "a chosen link shows what was received and lost until now"
dom "t=6" "const [x, y] = layout.seen[2], where = { clientX: x + \$('mesh').getBoundingClientRect().left,
	clientY: y + \$('mesh').getBoundingClientRect().top, pointerId: 1, bubbles: true };
	\$('mesh').setPointerCapture = () => {};
	\$('mesh').dispatchEvent(new PointerEvent('pointerdown', where));
	\$('mesh').dispatchEvent(new PointerEvent('pointerup', where));"
has '<h2>&lt;/script&gt;' "$no_error"
say $? "a click where a node is drawn chooses it"

head -c $(($(grep -abo '"is":"verdict"' "$work/page.html" | head -n 1 | cut -d: -f 1) + 5)) "$work/page.html" >"$work/cut.html"
mv "$work/cut.html" "$work/page.html"
dom "t=0"
has '4 nodes:' 'this page was cut off' "$no_error"
say $? "a page that was cut off shows what is there"

# a world as it was: its page at the end says what its report says
"$build/qanat-world" sim/worlds/chain.world --seed 2 --html "$work/page.html" >"$work/report" 2>/dev/null
end=$(sed -n 's/^virtual time *\([0-9.]*\) s/\1/p' "$work/report")
files=$(awk '$1 == "n7" { print $7 }' "$work/report")
dom "t=$end&node=7&tab=nodes"
has "<span id=\"clock\">$end s</span>" '8 nodes: 5 no folder, 3 synced' "<td>$files files; lacks 0 (0 B)</td>" "$no_error"
say $? "the page of a real world ends with what its report says: 3 of 8 nodes synced, $files files"
