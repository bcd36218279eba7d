/* SPDX-License-Identifier: Apache-2.0 */
/* network.h - NetworkAllow= and NetworkDeny= in the plan, and the programs that enforce them */
#ifndef CORDON_CONTRACT_NETWORK_H
#define CORDON_CONTRACT_NETWORK_H

#include <stddef.h>
#include <stdint.h>

/* The packages passt and nftables of every distribution install them there. */
#define NETWORK_PASTA "/usr/bin/pasta"
#define NETWORK_NFT   "/usr/sbin/nft"

/*
 * The rules for nft(8) before those of the lists. Neighbours are looked for and answered by the kernel
 * alone, as nobody inside has raw sockets. A connection is reset, because connect(2) goes on for a second
 * after an ICMP error. pasta connects as a process of the host, where the last addresses would be the
 * host or its neighbours.
 */
#define NETWORK_REFUSAL "jump refuse"
#define NETWORK_FIRST	"insert rule inet cordon output "
#define NETWORK_DROPS	"policy drop;"
#define NETWORK_RULES \
	"table inet cordon {\n" \
	"chain input { type filter hook input priority 0; policy drop;\n" \
	"iif \"lo\" accept\n" \
	"ct state established,related accept\n" \
	"icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n" \
	"}\n" \
	"chain forward { type filter hook forward priority 0; policy drop; }\n" \
	"chain refuse {\n" \
	"meta l4proto tcp reject with tcp reset\n" \
	"reject with icmpx admin-prohibited\n" \
	"}\n" \
	"chain output { type filter hook output priority 0; policy drop;\n" \
	"oif \"lo\" accept\n" \
	"icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n" \
	"ip daddr { 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/3 } jump refuse\n" \
	"ip6 daddr { ::/96, ::ffff:0:0/96, fe80::/10, ff00::/8 } jump refuse\n"

enum { NETWORK_RULES_MAX = 4096 };

enum network_list { NETWORK_REFUSE = 0, NETWORK_ALLOW, NETWORK_DENY };
enum network_family { NETWORK_IPV4 = 1, NETWORK_IPV6 };

/**
 * struct network_rule - a prefix and a range of ports that the session may reach, or may not
 * @list:      enum network_list
 * @family:    enum network_family
 * @bits:      length of the prefix
 * @protocols: PORTS_TCP, PORTS_UDP or PORTS_ALL
 * @from, @to: both ends included; 0 and 65535 are all ports
 * @address:   IPv4 in the first four bytes; zeros behind the prefix
 */
struct network_rule {
	uint8_t list, family, bits, protocols;
	uint16_t from, to;
	uint8_t address[16];
};

/**
 * network_check - are all of the @n rules at @r well formed
 *
 * Return: 0; -EBADMSG.
 */
int network_check(const struct network_rule *r, size_t n);

#endif
