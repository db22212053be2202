#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 240
#
# A private mesh lets in who has a token or a code, shuts out who was revoked, and sees nothing of
# another mesh on the same channel.
#
#     n0 --- n1 --- n2 --- n3        5 % loss a try; a, b and p hear n0 and n1 and each other:
#      \ a b p /                     a, b are a mesh of their own, p comes by pairing
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"

cat >"$work/topology" <<'END'
line 4
node a
node b
node p
link a b
link a p
link b p
link a n0
link a n1
link b n0
link b n1
link p n0
link p n1
END
mesh_up "$mesh" --private --topology "$work/topology" --loss 5% || { echo "not ok nodes come up"; exit 1; }

idle() { q_json n0 status | jq_true '.health[] | select(.code == "no-mesh") | .fix | test("mesh new")'; }
holds "a node in no mesh says what to do" idle
sent() { q n0 metrics | awk '/^qanat_frames_sent_total|^qanat_frames_out_total/ { n += $2 } END { exit n > 0 }'; }
holds "and sends nothing" sent
none() { [ "$(q_json n0 mesh | jq -c '[.mesh, .open, .role]')" = '[null,false,null]' ]; }
holds "mesh --json knows none" none

token=$(q n0 --quiet mesh new brook | tail -n 1)
[[ $token == qanatmesh1:* ]]
say "mesh new prints a token as its last line" $?
q n1 mesh join "${token:0:100}" 2>"$work/err"
[ $? = 1 ] && grep -q "damaged" "$work/err"
say "a token that was cut says so" $?
for node in n1 n2 n3; do q "$node" --quiet mesh join "$token" || echo "not ok $node joins"; done
q n1 mesh new other 2>"$work/err"
[ $? = 1 ] && grep -q "in a mesh already" "$work/err"
say "a node is in one mesh at most" $?

begun=$(now_us)
holds "members reach each other over three hops" mesh_until 30 reaches n0 n3
note "after $(seconds_since "$begun") s"
members_known() { # NODE COUNT
	q_json "$1" mesh members | jq_true "(.members | length) == $2 and ([.members[] | select(.reachable or .self)] | length) == $2"
}
holds "everybody knows every member" mesh_until 20 members_known n3 4
holds "the founder as well" mesh_until 20 members_known n0 4
roles() { q_json n3 mesh members | jq_true '[.members[].role] | sort == ["founder", "member", "member", "member"]'; }
holds "and who founded it" roles

other=$(q a --quiet mesh new river | tail -n 1)
q b --quiet mesh join "$other"
q b mesh join "$token" 2>"$work/err"
[ $? = 1 ] && grep -q "in a mesh already" "$work/err"
say "a token of another mesh is refused" $?
holds "the other mesh on the channel works" mesh_until 20 reaches a b
routes_are() { # NODE NAME...
	[ "$(q_json "$1" routes | jq -r '.routes[].name' | sort | xargs)" = "${*:2}" ]
}
sees_only() { # NODE NAME...
	local node=$1
	shift
	routes_are "$node" "$@" &&
		q_json "$node" neighbours | jq_true --arg all " $* " '[.neighbours[].name | select(. as $n | $all | contains(" " + $n + " ") | not)] == []'
}
holds "it sees nothing of the first" sees_only a b
holds "nor the first of it" sees_only n0 n1 n2 n3
refused() { # NODE REASON
	q "$1" metrics | awk -v reason="\"$2\"" 'index($0, reason) && $2 > 0 { found = 1 } END { exit !found }'
}
holds "but its frames die at the first seal" mesh_until 10 refused n0 mesh_seal

code=$(q n0 --quiet mesh invite --code | tail -n 1)
q p mesh join --code "$(printf '%08d' $(((10#$code + 1) % 100000000)))" 2>"$work/err"
[ $? = 4 ] && grep -q "wrong" "$work/err"
say "a wrong code is refused" $?
q p --quiet mesh join --code "${code:0:4} ${code:4}"
say "a newcomer in range joins by a short code" $?
holds "and is a member like others" mesh_until 20 reaches p n3
q_json n0 mesh | jq_true '.role == "founder" and .members == 5'
say "the founder counts it" $?

tell cut n1 n2
holds "two parts fall apart" mesh_until 20 reaches_not n0 n3
tell join n1 n2
begun=$(now_us)
holds "and become one within 5 s of meeting" mesh_until 5 reaches n0 n3
note "after $(seconds_since "$begun") s"

q n1 mesh revoke n3 2>/dev/null
[ $? = 4 ]
say "a member may not revoke" $?
holds "the founder may" mesh_until 5 q n0 --quiet mesh revoke n3
begun=$(now_us)
no_session() { q_json n2 neighbours | jq_true '[.neighbours[] | select(.name == "n3" and .session != null)] == []'; }
cut_off() { reaches_not n0 n3 && reaches_not n2 n3 && routes_are n2 n0 n1 p && no_session; }
holds "who was revoked is out of the routes" mesh_until 5 routes_are n2 n0 n1 p
note "after $(seconds_since "$begun") s"
holds "and cut off" mesh_until 10 cut_off
q n3 --quiet mesh join "$token" 2>/dev/null
holds "a new certificate does not help" mesh_until 10 refused n2 revoked
holds "it stays outside" cut_off
mesh_kill "$mesh" n2 -9
mesh_start "$mesh" n2
holds "a node that was killed is a member as before" mesh_until 20 reaches n0 n2
holds "and still lets nobody in who was revoked" mesh_until 10 refused n2 revoked
listed() { q_json n2 mesh members | jq_true '(.revoked | length) == 1 and (.members | length) == 4'; }
holds "the revoked are listed" mesh_until 10 listed
[ "$(stat -c %a "$mesh/n2/state/mesh")" = 600 ]
say "the file of the mesh is nobody else's" $?

mesh_kill "$mesh" n3
truncate -s -1 "$mesh/n3/state/mesh"
"$mesh_programs/qanatd" --state "$mesh/n3/state" --no-tun >"$work/err" 2>&1
[ $? = 1 ] && grep -q "damaged" "$work/err"
say "a damaged file is an error, never a new mesh" $?
mesh_kill "$mesh" b
"$mesh_programs/qanatd" --state "$mesh/b/state" --no-tun --open >"$work/err" 2>&1
[ $? = 1 ] && grep -q "take --open away" "$work/err"
say "--open and a private mesh exclude each other" $?
[ "$bad" = 0 ] || show_logs
