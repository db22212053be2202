/* SPDX-License-Identifier: ISC */
/* The rules as text; names put into it are from order.c or the kernel, addresses are ours. */
#include "node/warden/rules.h"

#include <arpa/inet.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <unistd.h>

#include "node/warden/order.h"

enum { RULES_ROOM = 4096 };

/*
 * After prerouting's connection tracking (-200), before anything is routed: what is to be
 * forwarded is held back like what is for us. Neighbour discovery: RFC 4861 section 7.1;
 * without answers to RFC 3810 queries, switches cut our multicast off.
 */
static const char guard_rules[] =
	"chain stranger {\n"
	"  ip6 hoplimit 255 ip6 saddr fe80::/10 udp dport 7117 accept\n"
	"  ct state established,related accept\n"
	"  ip6 hoplimit 255 icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } "
	"accept\n"
	"  ip6 hoplimit 1 ip6 saddr fe80::/10 icmpv6 type mld-listener-query accept\n"
	"  drop\n"
	"}\n"
	"chain guard {\n"
	"  type filter hook prerouting priority -150; policy accept;\n"
	"  iifname { %s } jump stranger\n"
	"}\n";

/*
 * Outward is the Internet: no private network behind this machine, none of its own
 * addresses but the one that its door stands before, and no way back into the mesh.
 */
static const char gateway_rules[] =
	"redefine tun = \"%s\"\n"
	"chain outward {\n"
	"  oifname $tun drop\n"
	"  ct state invalid drop\n" /* it would go out under its own address */
	"  ip saddr 100.71.0.0/16 ip daddr != { 0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, "
	"127.0.0.0/8,"
	" 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24, 192.168.0.0/16, 198.18.0.0/15, "
	"224.0.0.0/3 } accept\n"
	"  ip6 saddr fd71::/16 ip6 daddr != { ::/96, fc00::/7, fe80::/10, ff00::/8 } "
	"accept\n"
	"  drop\n"
	"}\n"
	"chain input {\n"
	"  type filter hook input priority 0; policy accept;\n"
	"  iifname $tun ct state established,related accept\n"
	"  iifname $tun ip6 daddr %s accept\n"
	"  iifname $tun drop\n"
	"}\n"
	"chain translate {\n"
	"  type nat hook postrouting priority 100; policy accept;\n"
	"  ip saddr 100.71.0.0/16 oifname != $tun masquerade\n"
	"  ip6 saddr fd71::/16 oifname != $tun masquerade\n"
	"}\n"
	"chain forward {\n"
	"  type filter hook forward priority 0; policy accept;\n"
	"  iifname $tun jump outward\n"
	"  oifname $tun ct state established,related accept\n"
	"  oifname $tun drop\n"
	"  %s\n"
	"}\n";

/* One transaction that makes a table anew. Two nodes on one machine have a table each. */
static const char *run(struct nft_ctx **nft, const char *kind, const char *body)
{
	char table[40], text[2 * RULES_ROOM];
	int len;

	snprintf(table, sizeof(table), "table inet qanat_%s_%d", kind, getpid());
	len = snprintf(text, sizeof(text),
		"%s { flags owner; }\ndelete %s\n%s {\nflags owner;\n%s}\n", table, table,
		table, body);
	check(len < (int)sizeof(text));
	if (*nft == NULL) {
		*nft = nft_ctx_new(NFT_CTX_DEFAULT);
		if (*nft == NULL)
			return "";
		nft_ctx_buffer_output(*nft);
		nft_ctx_buffer_error(*nft);
	}
	return nft_run_cmd_from_buffer(*nft, text) != 0 ? nft_ctx_get_error_buffer(*nft)
							: NULL;
}

const char *rules_guard(struct nft_ctx **nft, const char names[][IFNAMSIZ], size_t count)
{
	char body[RULES_ROOM], set[ORDER_NAMES_MAX * (IFNAMSIZ + 3)];
	size_t len = 0;

	if (count == 0) {
		rules_close(nft);
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		len += snprintf(set + len, sizeof(set) - len, "\"%s\",", names[i]);
	snprintf(body, sizeof(body), guard_rules, set);
	return run(nft, "guard", body);
}

const char *rules_gateway(struct nft_ctx **nft, const struct tun *t, bool alone)
{
	char body[RULES_ROOM], self[INET6_ADDRSTRLEN];

	check(inet_ntop(AF_INET6, t->self.b, self, sizeof(self)) != NULL);
	snprintf(body, sizeof(body), gateway_rules, t->name, self, alone ? "drop" : "");
	return run(nft, "gateway", body);
}

void rules_close(struct nft_ctx **nft)
{
	if (*nft != NULL)
		nft_ctx_free(*nft);
	*nft = NULL;
}
