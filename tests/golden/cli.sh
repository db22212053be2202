#!/bin/bash
# SPDX-License-Identifier: ISC
#
# What the program qanat prints and how it ends, against a made-up node: every command for
# people and as JSON, names that attack a terminal, and every way to be refused. The files in
# expected/ hold exit code, stdout and stderr; UPDATE=1 writes them anew.
# parallel: yes

set -u
# shellcheck source=tests/golden/lib.sh
. "$(dirname "$0")/lib.sh"

finish() {
	stop_fake
	rm -rf "$work"
}
trap finish EXIT

state=$work/state
mkdir -p "$work/here"

# Runs qanat in a directory of known name; fills $work/out, $work/err and $rc.
run() {
	(cd "$work/here" && exec "$qanat" --state "$state" "$@") \
		>"$work/out" 2>"$work/err" </dev/null
	rc=$?
}

# Exit code, stdout and stderr as one text, without this run's own paths.
record() {
	{
		echo "exit $rc"
		sed 's/^/1 /' "$work/out"
		sed 's/^/2 /' "$work/err"
	} | sed "s|$work|WORK|g"
}

same() { # FILE SENTENCE
	local made difference
	made=$(record)
	if [ "${UPDATE:-}" ]; then
		printf '%s\n' "$made" >"$expected/$1"
	fi
	if difference=$(diff -u "$expected/$1" <(printf '%s\n' "$made") 2>&1); then
		ok "$2"
	else
		not_ok "$2" "$difference"
	fi
}

# Bytes that a terminal obeys: control characters (tab and newline are harmless), DEL, C1, bidi controls.
hostile_bytes() {
	LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]|\xd8\x9c' "$@"
}

quiet_terminal() { # SENTENCE
	local found
	if found=$(hostile_bytes "$work/out" "$work/err") ||
		! iconv -f UTF-8 -t UTF-8 "$work/out" >/dev/null; then
		not_ok "$1" "$(printf '%s' "$found" | cat -v)"
	else
		ok "$1"
	fi
}

ends_with() { # CODE SENTENCE
	if [ "$rc" -eq "$1" ]; then
		ok "$2"
	else
		not_ok "$2" "exit $rc instead of $1: $(cat "$work/err")"
	fi
}

questions=(
	status neighbours routes 'routes carol' 'routes carol --why' map 'ping bob' 'ping silent -c 2' 'trace carol'
	'speed bob -t 2' 'share photos' 'share /srv/x --name y'
	'invite photos --role reader --uses 0 --expires 90m' 'join qanat1:AAEC there'
	folders 'members photos' conflicts 'conflicts photos' 'wait photos --timeout 2.5'
	'wait slow --timeout 3' pause 'pause photos' 'resume photos' 'leave photos --forget'
	radios up 'up eth0' 'up --wifi wlan0 --mesh hut --freq 2437 --take' down
	watch metrics allow 'allow bob 22/tcp udp' 'deny bob' name 'name bob bert' 'name bob --remove'
	'@roof status' '@roof routes' '@roof ping bob'
	mesh 'mesh new brook' 'mesh join qanatmesh1:AAEC' 'mesh invite --uses 3 --delegate'
	'mesh invite --code' 'mesh members' 'mesh revoke bob' 'mesh cofounder bob'
)

start_fake "$state" plain
for q in "${questions[@]}"; do
	read -ra words <<<"$q"
	run "${words[@]}"
	same "plain-${q//[ \/:]/_}" "qanat $q prints what is expected"
	if [ "$q" != metrics ]; then
		run "${words[@]}" --json
		same "json-${q//[ \/:]/_}" "qanat $q --json prints what is expected"
	fi
done
run map --format svg
same map-svg 'qanat map --format svg draws a picture'
run map --format json
same json-map 'qanat map --format json is the same as --json'
run capture --json
same json-capture 'qanat capture --json prints what is expected'
timeout 20 script -qefc "TZ=UTC '$qanat' --state '$state' capture" "$work/typescript" >/dev/null 2>&1 </dev/null
sed -i -e 's/\r$//' -e '/^Script /d' -e '/^$/d' "$work/typescript"
mv "$work/typescript" "$work/out"
rc=0
: >"$work/err"
same screen-capture 'qanat capture prints one line for each packet on a terminal'
run capture
xxd "$work/out" >"$work/hex"
mv "$work/hex" "$work/out"
same plain-capture 'qanat capture gives a pipe the capture itself'
run capture -w "$work/capture.pcap"
xxd "$work/capture.pcap" >"$work/out"
same plain-capture 'qanat capture -w FILE puts the same into FILE'
if [ "$(stat -c %a "$work/capture.pcap")" = 600 ]; then
	ok 'a capture is for its owner alone'
else
	not_ok 'a capture is for its owner alone'
fi
run capture -w "$work/none/capture.pcap"
same refuse-1_capture_-w 'a capture that cannot be written is refused'
(cd "$work/here" && exec "$qanat" --state "$state" capture -w /dev/full >/dev/null 2>"$work/err")
rc=$?
ends_with 1 'a full disk under a capture is a failure'
run status --check
ends_with 8 'status --check exits 8 when a health line is a warning'
run share photos
last=$(tail -n 1 "$work/out")
if [ "$last" = qanat1:AAECAwQFBgcICQ ] && [ "$(wc -l <"$work/out")" -eq 1 ]; then
	ok 'share prints the invite as the last line of stdout and nothing else'
else
	not_ok 'share prints the invite as the last line of stdout and nothing else'
fi
run --quiet share photos
if [ ! -s "$work/err" ]; then
	ok '--quiet says nothing but the data'
else
	not_ok '--quiet says nothing but the data' "$(cat "$work/err")"
fi

# Usage, and what a node refuses.
refusals=(
	'2|' '2|pnig bob' '2|xyzzy' '2|ping' '2|ping bob carol' '2|ping bob --count' '2|ping bob -c 0'
	'2|ping bob -c 1 -c 2' '2|ping bob -i 5y' '2|ping bob --color' '2|invite photos --role king'
	'2|leave photos --forget=yes' '2|metrics --json' '2|status extra' '2|--state'
	'2|mesh new' '2|mesh new x y' '5|ping ghost' '5|ping twin' '4|invite secret' '5|wait ghost' '5|mesh revoke ghost'
	'6|ping silent -c 1' '6|wait slow'
	'5|name ghost x' '7|name bob taken' '2|name bob x y'
	'2|@roof' '2|@ status' '2|@roof @bob status' '2|@roof share x' '2|@roof watch' '2|@roof metrics --json'
	'2|up one two' '2|up --freq 2399' '2|up --wifi sixteen_letters_' '2|@roof up' '2|down now'
	'2|capture --write' '2|capture --json -w -' '2|@roof capture'
	'2|status @roof' '4|@closed status' '5|@ghost status' '6|@silent status'
)
for r in "${refusals[@]}"; do
	read -ra words <<<"${r#*|}"
	run "${words[@]}"
	same "refuse-${r//[ |\/:]/_}" "qanat ${r#*|} is refused as expected"
	ends_with "${r%%|*}" "qanat ${r#*|} exits ${r%%|*}"
done
run help
same help 'qanat help lists every command'
run ping --help
same help-ping 'qanat ping --help says what ping takes'
run --version
ends_with 0 'qanat --version exits 0'
run ping "$(printf 'ghost\n\033[31m\342\200\256')"
quiet_terminal 'what was typed is escaped in errors'
run -- ping bob
ends_with 0 '-- ends the options'

# A terminal of its own: a bar, then gone; SIGINT ends with 130.
timeout 20 script -qefc "'$qanat' --state '$state' wait photos" "$work/typescript" >/dev/null 2>&1 </dev/null
if grep -aq '\[######' "$work/typescript"; then
	ok 'wait shows a bar on a terminal'
else
	not_ok 'wait shows a bar on a terminal' "$(cat -v "$work/typescript")"
fi
run wait photos
if grep -aq '\[#' "$work/out" "$work/err"; then
	not_ok 'wait shows no bar on a pipe'
else
	ok 'wait shows no bar on a pipe'
fi
timeout 20 script -qefc "env TERM=xterm '$qanat' --state '$state' status" "$work/colour" >/dev/null 2>&1 </dev/null
timeout 20 script -qefc "env TERM=xterm NO_COLOR=1 '$qanat' --state '$state' status" "$work/plain" >/dev/null 2>&1 </dev/null
if grep -aq $'\033\\[33m' "$work/colour" && ! grep -aq $'\033' "$work/plain"; then
	ok 'colour stands on a terminal only, and not with NO_COLOR'
else
	not_ok 'colour stands on a terminal only, and not with NO_COLOR' "$(cat -v "$work/plain")"
fi
# timeout sends SIGINT itself, a second after the start; a background job would ignore it.
timeout --preserve-status -s INT 1 "$qanat" --state "$state" ping hang >/dev/null 2>&1
rc=$?
ends_with 130 'SIGINT ends it with 130'
(cd "$work/here" && exec "$qanat" --state "$state" status >/dev/full 2>"$work/err")
rc=$?
ends_with 1 'a full disk under stdout is a failure'
stop_fake

# The socket is still there and nobody listens.
run status
same stale 'a stale socket is said to be one'
ends_with 3 'a stale socket exits 3'
rm -f "$state/control.sock"
run status
same no-socket 'no socket: what failed, why, what to do'
ends_with 3 'no node exits 3'
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	mkdir -m 700 "$work/private"
	cp "$qanat" "$work/qanat"
	chmod 755 "$work"
	chmod go+x "$(dirname "$work")" 2>/dev/null
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$work/qanat" --state "$work/private" status >"$work/out" 2>"$work/err"
	rc=$?
	ends_with 4 'a node of somebody else exits 4'
else
	echo 'skipped a node of somebody else exits 4: needs root and setpriv'
fi
deep=$work/$(printf 'd%.0s' {1..200})
state=$deep
mkdir -p "$deep" "$work/s"
start_fake "$work/s" plain
ln "$work/s/control.sock" "$deep/control.sock"
run status
ends_with 0 'a state directory with a long path is reached'
stop_fake

state=$work/state
start_fake "$state" hostile
for q in neighbours routes 'routes bob --why' map 'map --format svg' 'ping bob' 'trace carol' 'speed bob' \
	'members photos' folders conflicts watch metrics name 'mesh members' 'mesh revoke bob' 'neighbours --json' 'conflicts --json' \
	'folders --json' 'watch --json' 'capture --json'; do
	read -ra words <<<"$q"
	run "${words[@]}"
	quiet_terminal "hostile names cannot drive the terminal through qanat $q"
	ends_with 0 "qanat $q bears hostile names"
done
run neighbours
same hostile-neighbours 'hostile names are shown escaped'
LC_ALL=C run neighbours
if LC_ALL=C grep -q '[^ -~]' "$work/out"; then
	not_ok 'where the locale is not UTF-8 only ASCII is printed'
else
	ok 'where the locale is not UTF-8 only ASCII is printed'
fi
stop_fake

start_fake "$state" empty
for q in status neighbours routes map folders conflicts name; do
	run "$q"
	same "empty-$q" "qanat $q has something to say of nothing"
	run "$q" --json
	same "empty-json-$q" "qanat $q --json of nothing is lists and nulls"
done
run status --check
ends_with 0 'status --check exits 0 when health is good'
stop_fake

start_fake "$state" rubbish
run status
ends_with 1 'an answer that is no reply is a failure'
stop_fake
start_fake "$state" gone
run status
ends_with 3 'a node that hangs up exits 3'
stop_fake
exit $failed
