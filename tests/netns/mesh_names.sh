#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 180
#
# A name that is pinned means one key, to commands and to DNS, whatever others call themselves.
#
#     n0 --- n1 --- n2        n2 calls itself n1 later; 5 % loss
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
up_in_namespaces "names of nodes over DNS" --topology line --nodes 3
if ! command -v dig >/dev/null; then skip "names of nodes over DNS" "there is no dig (bind9-dnsutils)"; fi

address_of() { q_json "$1" status | jq -r .node.address; }
id_of() { q_json "$1" status | jq -r .node.id; }
for n in 0 1 2; do declare "a$n=$(address_of n$n)" "id$n=$(id_of n$n)"; done

port=7153
dig0() { mesh_exec "$mesh" n0 dig @127.0.0.1 -p $port +tries=2 +time=2 "$@"; }
short() { dig0 +short "$@"; } # NAME TYPE OPTION...
gives() { # ANSWER DIG-WORD...
	local wanted=$1 got
	shift
	got=$(short "$@") && [ "$got" = "$wanted" ] && return
	note "dig $*: $got instead of $wanted"
	return 1
}
ends() { # STATUS ANSWERS DIG-WORD...
	local got status=$1 answers=$2
	shift 2
	got=$(dig0 "$@")
	[[ $got == *"status: $status,"* && $got == *"ANSWER: $answers,"* ]] && [[ $got != *Warning* && $got != *"bad"* ]] && return
	note "dig $*: $got"
	return 1
}
refuses() { # EXIT WORD COMMAND...
	local code=$1 word=$2 got
	shift 2
	q n0 "$@" >"$work/out" 2>"$work/err"
	got=$?
	[ $got = "$code" ] && [[ $(cat "$work/err") == *"$word"* ]] && return
	note "$*: exit $got: $(cat "$work/out" "$work/err")"
	return 1
}

holds "a node two hops away is found by the name it announces" gives "$a2" n2.qanat AAAA
holds "and over TCP" gives "$a2" n2.qanat AAAA +tcp
holds "and at ::1" test "$(mesh_exec "$mesh" n0 dig @::1 -p $port +short n2.qanat AAAA)" = "$a2"
holds "and by the beginning of its id" gives "$a2" "${id2:0:12}.qanat" AAAA
holds "and back" gives n2.qanat. -x "$a2"
holds "letters come back in the case they were asked in" grep -q '^N2.QaNaT\.' <(dig0 +noall +answer N2.QaNaT AAAA)
holds "the node itself has a name as well" gives "$a0" n0.qanat AAAA
holds "other types are not there, and that is said" ends NOERROR 0 n2.qanat A
holds "an unknown name is unknown" ends NXDOMAIN 0 nobody.qanat AAAA
holds "whatever is not ours is refused, so that the next server is asked" ends REFUSED 0 example.org AAAA
counted() { q_json n0 status | jq_true ".dns | .port == $port and .up and .queries >= 9 and .answered >= 6"; }
holds "status has the resolver and its counts" counted

# ---- pins
holds "without pins the list is empty" test "$(q_json n0 name | jq -c .pins)" = '[]'
holds "a name is pinned" q n0 name n2 Keeper
holds "commands take it" reaches n0 keeper
holds "and DNS at once" gives "$a2" keeper.qanat AAAA
holds "also back" gives keeper.qanat. -x "$a2"
holds "the pinned name is what is shown" jq_true ".routes[] | select(.id == \"$id2\") | .name == \"keeper\" and .name_pinned and (.name_clash | not)" <(q_json n0 routes)
holds "what it announces still finds it" gives "$a2" n2.qanat AAAA
holds "a name that another key has: exit 7, with the way out" refuses 7 'qanat name keeper --remove' name n1 keeper
holds "no name at all: exit 2, with the rules" refuses 2 'letters, digits and hyphens' name n1 'a b'
holds "half a command: exit 2" refuses 2 '--remove' name n1
holds "a node nobody knows: exit 5" refuses 5 'no such node' name nobody x
holds "a pin that is not there cannot be taken away: exit 5" refuses 5 'no pinned name' name n1 --remove
holds "pins are not told to others" test "$(q_json n1 name | jq -c .pins)" = '[]'

# ---- restart
mesh_kill "$mesh" n0 -9
mesh_start "$mesh" n0
holds "a pin outlives kill -9, and is known before its node is heard" gives "$a2" keeper.qanat AAAA
knows_n1() { q_json n0 routes | jq_true ".routes[] | select(.id == \"$id1\") | .name == \"n1\""; }
mesh_until 40 knows_n1

# ---- clash
holds "before, n1 is one node" gives "$a1" n1.qanat AAAA
mesh_kill "$mesh" n2
echo "--name=n1" >"$mesh/n2/args"
mesh_start "$mesh" n2
is_clash() { # COMMAND LIST
	q_json n0 "$1" | jq_true ".$2[] | select(.id == \"$id1\") | .name_clash"
}
holds "a second n1 is noticed" mesh_until 40 is_clash routes routes
holds "by neighbours" is_clash neighbours neighbours
holds "by map" is_clash map nodes
holds "and marked for people" grep -q '^n1? ' <(q n0 routes)
holds "the one that is pinned keeps its name, unmarked" grep -q '^keeper ' <(q n0 routes)
told() { q_json n0 status | jq_true ".health[] | select(.code == \"name-clash\") | .severity == \"warning\" and .fix == \"qanat name ${id1:0:16} NAME\""; }
traced() { q_json n0 trace "$a2" | jq_true '[.hops[] | [.name, .name_clash]] == [["n1", true], ["keeper", false]]'; }
holds "and on the way to a node" traced
holds "a health line says which, and what mends it" told
holds "status --check is degraded by it" refuses 8 '' status --check
holds "the name means nobody: NXDOMAIN" ends NXDOMAIN 0 n1.qanat AAAA
holds "and exit 5" refuses 5 'more than one' ping n1
# the one that announces no clashing name
marks_itself() { q_json n1 status | jq_true '.node.name_clash'; }
holds "the node whose name it is notices as well" mesh_until 20 marks_itself
holds "what mends it is done" q n0 name "${id1:0:16}" n1
holds "and the name means that key again" gives "$a1" n1.qanat AAAA
not_told() { ! told; }
holds "nothing is left to tell" not_told
holds "a pin is taken away" q n0 name keeper --remove
holds "and its name is unknown" ends NXDOMAIN 0 keeper.qanat AAAA
impostor() { q_json n0 routes | jq_true ".routes[] | select(.id == \"$id2\") | .name == \"n1\" and .name_clash"; }
holds "who announces a name that is pinned to another key is marked" impostor
holds "and not found by it" gives "$a1" n1.qanat AAAA
holds "its address has a name that finds it" gives "$a2" "$(short -x "$a2" | sed 's/\.$//')" AAAA

# ---- junk
junk() {
	local i
	for ((i = 0; i < 300; i++)); do
		head -c $((RANDOM % 200)) /dev/urandom >"$work/junk"
		mesh_exec "$mesh" n0 bash -c 'cat "$1" >/dev/udp/127.0.0.1/'$port _ "$work/junk" || return
	done 2>/dev/null
	mesh_exec "$mesh" n0 bash -c 'head -c 100000 /dev/urandom >/dev/tcp/127.0.0.1/'$port 2>/dev/null
	return 0
}
junk
holds "after junk it answers" gives "$a1" n1.qanat AAAA
holds "and the junk is counted" jq_true '.dns.malformed > 100' <(q_json n0 status)

# ---- a second daemon at the same port
mkdir "$work/second"
second() { # PORT
	printf 'dns-port = %s\ndns = on\n' "$1" >"$work/second.conf"
}
second $port
mesh_enter_node "$mesh" n0
mesh_spawn "$work/second.pid" "$work/second.log" "$mesh_programs/qanatd" --config "$work/second.conf" \
	--state "$work/second" --no-tun --name second --ether "$work/nowhere"
second_status() { "$mesh_programs/qanat" --state "$work/second" --json status | jq_true "$1"; }
holds "a port that is taken is a health line and no failure" mesh_until 10 second_status \
	'.health[] | select(.code == "dns") | .severity == "warning" and (.text | test("7153"))'
holds "and said to be down" second_status '.dns.up | not'
second 7154
mesh_signal HUP "$work/second.pid"
holds "SIGHUP takes another one" mesh_until 10 second_status '.dns.port == 7154 and .dns.up'
holds "which answers" test "$(mesh_exec "$mesh" n0 dig @127.0.0.1 -p 7154 +short second.qanat AAAA | wc -l)" = 1
second 0
mesh_signal HUP "$work/second.pid"
holds "and port 0 is none" mesh_until 10 second_status '.dns.port == null and (.dns.up | not)'
mesh_end "$work/second.pid"

# ---- a damaged file of pins
mesh_kill "$mesh" n0
file=$mesh/n0/state/names
sed -i 's/ n1 / n2 /' "$file"
cp "$file" "$work/damaged"
mesh_start "$mesh" n0
holds "a damaged file of pins is an error line" grep -q 'names: damaged' "$mesh/n0/log"
damaged_told() { q_json n0 status | jq_true '.health[] | select(.code == "names") | .severity == "error"'; }
holds "and a health line" damaged_told
holds "the pin in the line that changed does not hold" test "$(q_json n0 name | jq '.pins | length')" = 0
mesh_until 40 knows_n1
holds "pins cannot be changed then: exit 1" refuses 1 'damaged' name n1 other
holds "and nothing is written over it" cmp -s "$file" "$work/damaged"
