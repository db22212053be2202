/* SPDX-License-Identifier: ISC */
/* The rules as text; names put into it are from order.c or the kernel, addresses are ours. */
#include "node/warden/rules.h"

#include <errno.h>
#include <nftables/libnftables.h>
#include <unistd.h>

#include "node/base/text.h"

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
	"  iifname $names jump stranger\n"
	"}\n";

/*
 * Outward is the Internet: no private network behind this machine, none of its own
 * addresses but the one that its door stands before, and no way back into the mesh.
 */
static const char gateway_rules[] =
	"chain outward {\n"
	"  oifname $tun drop\n"
	"  ct state invalid drop\n" /* it would go out under its own address */
	"  ip saddr 100.71.0.0/16 ip daddr != { 0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10,"
	" 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24, 192.168.0.0/16,"
	" 198.18.0.0/15, 224.0.0.0/3 } accept\n"
	"  ip6 saddr fd71::/16 ip6 daddr != { ::/96, fc00::/7, fe80::/10, ff00::/8 } "
	"accept\n"
	"  drop\n"
	"}\n"
	"chain input {\n"
	"  type filter hook input priority 0; policy accept;\n"
	"  iifname $tun ct state established,related accept\n"
	"  iifname $tun ip6 daddr $self accept\n"
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
	"  oifname $tun drop\n";

static void text_join(struct text *t, const char *const parts[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		text_string(t, parts[i]);
}

/* One transaction that makes the table anew, or, without a body, takes it away. */
static int run(struct rules *r, const char *kind, const char *defines, const char *body)
{
	char buffer[RULES_ROOM], name[40];
	struct text t = text_of(buffer, sizeof(buffer)), n = text_of(name, sizeof(name));
	const char *const parts[] = { defines, "table inet ", name,
		" { flags owner; }\ndelete table inet ", name, "\n",
		body != NULL ? "table inet " : "", body != NULL ? name : "",
		body != NULL ? " {\nflags owner;\n" : "", body != NULL ? body : "",
		body != NULL ? "}\n" : "" };

	if (r->nft == NULL) {
		r->nft = nft_ctx_new(NFT_CTX_DEFAULT);
		if (r->nft == NULL)
			return -EOPNOTSUPP;
		nft_ctx_buffer_output(r->nft);
		nft_ctx_buffer_error(r->nft);
	}
	/* two nodes on one machine have a table each */
	text_string(&n, kind);
	text_u64(&n, (uint64_t)getpid());
	text_join(&t, parts, array_len(parts));
	check(!t.cut);
	return nft_run_cmd_from_buffer(r->nft, buffer) == 0 ? 0 : -EOPNOTSUPP;
}

int rules_guard(struct rules *r, const char names[][IFNAMSIZ], size_t count)
{
	char defines[ORDER_NAMES_MAX * (IFNAMSIZ + 4) + 40];
	struct text t = text_of(defines, sizeof(defines));
	int err;

	if (count == 0 && !r->guard)
		return 0;
	text_string(&t, "redefine names = { ");
	for (size_t i = 0; i < count; i++)
		text_join(&t,
			(const char *const[]){ i > 0 ? ", \"" : "\"", names[i], "\"" },
			3);
	text_string(&t, " }\n");
	check(!t.cut);
	err = run(r, "qanat_guard_", count > 0 ? defines : "",
		count > 0 ? guard_rules : NULL);
	if (err == 0)
		r->guard = count > 0;
	return err;
}

int rules_gateway_on(struct rules *r, const struct tun *tun, bool alone)
{
	char self[48], defines[128], body[RULES_ROOM];
	struct text s = text_of(self, sizeof(self)),
		    d = text_of(defines, sizeof(defines)),
		    b = text_of(body, sizeof(body));
	int err;

	text_ipv6(&s, tun->self.b);
	text_join(&d,
		(const char *const[]){ "redefine tun = \"", tun->name,
			"\"\nredefine self = ", self, "\n" },
		5);
	text_join(&b,
		(const char *const[]){ gateway_rules, alone ? "  drop\n" : "", "}\n" },
		3);
	check(!d.cut && !b.cut);
	err = run(r, "qanat_gateway_", defines, body);
	r->gateway = r->gateway || err == 0;
	return err;
}

void rules_gateway_off(struct rules *r)
{
	if (r->gateway)
		(void)run(r, "qanat_gateway_", "", NULL);
	r->gateway = false;
}

const char *rules_reason(const struct rules *r)
{
	return r->nft != NULL ? nft_ctx_get_error_buffer(r->nft) : "";
}

void rules_close(struct rules *r)
{
	if (r->nft != NULL)
		nft_ctx_free(r->nft);
	*r = (struct rules){ 0 };
}
