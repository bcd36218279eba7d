/* SPDX-License-Identifier: Apache-2.0 */
/*
 * addresses.c - IPAddressAllow= and IPAddressDeny=: programs of the group
 *
 * The kernel runs a program for each packet that a socket of the group sends, another one for each that
 * it receives, and two for connect(2). All look in one trie of prefixes, which is frozen. They stay with the group when
 * all processes of cordon are gone. What a group below attaches only comes on top.
 */
#include "policy/group/make.h"

#include "base/cleanup.h"
#include "base/sys_bpf.h"
#include "contract/group.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

/* A key of the trie; the first two bytes behind @bits keep the lists and the families apart. */
struct key {
	uint32_t bits;
	uint8_t list, family, zero[2];
	uint8_t address[16];
};
enum { KEY_PREFIX = 32 }; /* bits before the address */

/* Where the key is on the stack of a program. */
enum {
	KEY = -(int)sizeof(struct key),
	KEY_LIST = KEY + 4,
	KEY_FAMILY = KEY + 5,
	KEY_ADDRESS = KEY + 8,
};

/* ---- the programs ---- */

struct program {
	struct bpf_insn insns[64];
	size_t n;
};

static void put(struct program *p, unsigned code, unsigned dst, unsigned src, int off, int imm)
{
	p->insns[p->n++] = (struct bpf_insn){ .code = (uint8_t)code,
					      .dst_reg = dst & 0xf,
					      .src_reg = src & 0xf,
					      .off = (int16_t)off,
					      .imm = imm };
}

static void call(struct program *p, int helper)
{
	put(p, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

static void move(struct program *p, unsigned dst, unsigned src)
{
	put(p, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

static void set(struct program *p, unsigned dst, int value)
{
	put(p, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value);
}

static void store(struct program *p, unsigned size, int at, int value)
{
	put(p, BPF_ST | BPF_MEM | size, BPF_REG_10, 0, at, value);
}

static void address_of(struct program *p, unsigned dst, int at)
{
	move(p, dst, BPF_REG_10);
	put(p, BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, at);
}

static void store_register(struct program *p, int at, unsigned src)
{
	put(p, BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, src, at, 0);
}

/* A word of the argument. */
static void load(struct program *p, unsigned dst, int at)
{
	put(p, BPF_LDX | BPF_MEM | BPF_W, dst, BPF_REG_6, at, 0);
}

/* A jump forward; land() says where to. */
static size_t jump(struct program *p, unsigned op, unsigned reg, int value)
{
	put(p, BPF_JMP | op | BPF_K, reg, 0, 0, value);
	return p->n - 1;
}

/* The same for words with the highest bit. */
static size_t jump32(struct program *p, unsigned op, unsigned reg, uint32_t value)
{
	put(p, BPF_JMP32 | op | BPF_K, reg, 0, 0, (int)value);
	return p->n - 1;
}

static void land(struct program *p, size_t from)
{
	p->insns[from].off = (int16_t)(p->n - from - 1);
}

static void family(struct program *p, int which, int bytes)
{
	store(p, BPF_B, KEY_FAMILY, which);
	store(p, BPF_W, KEY, KEY_PREFIX + bytes * 8);
}

/* r0: is the address in @list. */
static void look_up(struct program *p, int map, int list)
{
	store(p, BPF_B, KEY_LIST, list);
	put(p, BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map);
	put(p, 0, 0, 0, 0, 0); /* the upper half */
	address_of(p, BPF_REG_2, KEY);
	call(p, BPF_FUNC_map_lookup_elem);
}

static void leave(struct program *p, int verdict)
{
	set(p, BPF_REG_0, verdict);
	put(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Every program begins with an empty key, and with its argument in r6. */
static void begin(struct program *p)
{
	*p = (struct program){ .n = 0 };
	move(p, BPF_REG_6, BPF_REG_1);
	for (int at = KEY; at < 0; at += 8)
		store(p, BPF_DW, at, 0);
}

/* The end of every program: the list of allowed addresses comes first. */
static void decide(struct program *p, int map)
{
	size_t allowed, free_of;

	look_up(p, map, GROUP_ALLOW);
	allowed = jump(p, BPF_JNE, BPF_REG_0, 0);
	look_up(p, map, GROUP_DENY);
	free_of = jump(p, BPF_JEQ, BPF_REG_0, 0);
	leave(p, 0);
	land(p, allowed);
	land(p, free_of);
	leave(p, 1);
}

/* Where the address of the other side is in the header of IP, and how long it is. */
static void header(struct program *p, int which, int at, int bytes)
{
	family(p, which, bytes);
	set(p, BPF_REG_2, at);
	set(p, BPF_REG_4, bytes);
}

/* Bytes of the packet into the key; without them it is dropped. */
static void load_packet(struct program *p)
{
	size_t loaded;

	move(p, BPF_REG_1, BPF_REG_6);
	address_of(p, BPF_REG_3, KEY_ADDRESS);
	call(p, BPF_FUNC_skb_load_bytes);
	loaded = jump(p, BPF_JEQ, BPF_REG_0, 0);
	leave(p, 0);
	land(p, loaded);
}

/*
 * With a routing header, the destination is only the first stop. Any user can write one (IPV6_RTHDR),
 * and only CAP_NET_RAW a header before it. The like for IPv4 requires CAP_NET_RAW.
 */
static void drop_routed(struct program *p)
{
	enum { NEXT_HEADER = 6 };
	size_t other;

	set(p, BPF_REG_2, NEXT_HEADER);
	set(p, BPF_REG_4, 1);
	load_packet(p);
	put(p, BPF_LDX | BPF_MEM | BPF_B, BPF_REG_7, BPF_REG_10, KEY_ADDRESS, 0);
	other = jump(p, BPF_JNE, BPF_REG_7, IPPROTO_ROUTING);
	leave(p, 0);
	land(p, other);
}

/* Whatever is no IP is dropped. */
static void packet_program(struct program *p, int v4_at, int v6_at, bool sends, int map)
{
	size_t v4, v6, chosen;

	begin(p);
	load(p, BPF_REG_7, (int)offsetof(struct __sk_buff, protocol));
	v4 = jump(p, BPF_JEQ, BPF_REG_7, htons(ETH_P_IP));
	v6 = jump(p, BPF_JEQ, BPF_REG_7, htons(ETH_P_IPV6));
	leave(p, 0);
	land(p, v4);
	header(p, GROUP_IPV4, v4_at, 4);
	chosen = jump(p, BPF_JA, 0, 0);
	land(p, v6);
	if (sends)
		drop_routed(p);
	header(p, GROUP_IPV6, v6_at, 16);
	land(p, chosen);
	load_packet(p);
	decide(p, map);
}

static void out_program(struct program *p, int map)
{
	packet_program(p, 16, 24, true, map);
}

static void in_program(struct program *p, int map)
{
	packet_program(p, 12, 8, false, map);
}

/* The address 0.0.0.0 stands for one that the packets have. */
static void connect4_program(struct program *p, int map)
{
	size_t some;

	begin(p);
	load(p, BPF_REG_7, (int)offsetof(struct bpf_sock_addr, user_ip4));
	some = jump(p, BPF_JNE, BPF_REG_7, 0);
	leave(p, 1);
	land(p, some);
	family(p, GROUP_IPV4, 4);
	store_register(p, KEY_ADDRESS, BPF_REG_7);
	decide(p, map);
}

/* A socket of IPv6 connects to ::ffff:192.0.2.1 by IPv4. */
static void connect6_program(struct program *p, int map)
{
	enum { FIRST = BPF_REG_7, THIRD = BPF_REG_8, FOURTH = BPF_REG_9 };
	size_t high, low, plain, some;

	begin(p);
	load(p, FIRST, (int)offsetof(struct bpf_sock_addr, user_ip6[0]));
	load(p, BPF_REG_0, (int)offsetof(struct bpf_sock_addr, user_ip6[1]));
	store_register(p, KEY_ADDRESS, FIRST);
	store_register(p, KEY_ADDRESS + 4, BPF_REG_0);
	put(p, BPF_ALU64 | BPF_OR | BPF_X, FIRST, BPF_REG_0, 0, 0);
	load(p, THIRD, (int)offsetof(struct bpf_sock_addr, user_ip6[2]));
	load(p, BPF_REG_0, (int)offsetof(struct bpf_sock_addr, user_ip6[3]));
	store_register(p, KEY_ADDRESS + 8, THIRD);
	store_register(p, KEY_ADDRESS + 12, BPF_REG_0);
	family(p, GROUP_IPV6, 16);
	high = jump(p, BPF_JNE, FIRST, 0);
	plain = jump(p, BPF_JNE, BPF_REG_0, 0);
	/* ends with four zeros: ::, or ::ffff:0.0.0.0 */
	low = jump(p, BPF_JEQ, THIRD, 0);
	some = jump32(p, BPF_JNE, THIRD, htonl(0xffff));
	land(p, low);
	leave(p, 1);
	land(p, plain);
	move(p, FOURTH, BPF_REG_0);
	low = jump32(p, BPF_JNE, THIRD, htonl(0xffff));
	for (int at = KEY_ADDRESS; at < 0; at += 8)
		store(p, BPF_DW, at, 0);
	store_register(p, KEY_ADDRESS, FOURTH);
	family(p, GROUP_IPV4, 4);
	land(p, high);
	land(p, some);
	land(p, low);
	decide(p, map);
}

/* connect(2) would wait for an answer that never comes, so it has programs of its own. */
static const struct hook {
	enum bpf_prog_type type;
	enum bpf_attach_type at;
	void (*make)(struct program *p, int map);
	const char *name, *what;
} hooks[] = {
	{ BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, out_program, "cordon_out",
	  "packets that it sends" },
	{ BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS, in_program, "cordon_in",
	  "packets that it receives" },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, connect4_program,
	  "cordon_connect4", "connections" },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_CONNECT, connect6_program,
	  "cordon_connect6", "connections by IPv6" },
};

/* ---- the trie ---- */

static struct key key_of(const struct group_address *a)
{
	struct key k = { .bits = KEY_PREFIX + a->bits, .list = a->list, .family = a->family };

	memcpy(k.address, a->address, sizeof k.address);
	return k;
}

static int trie_make(const struct group_address *a, size_t n, struct err *e)
{
	cleanup_close int map = sys_bpf_trie("cordon_addr", sizeof(struct key), n);
	int r = map < 0 ? map : 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct key k = key_of(&a[i]);

		r = sys_bpf_put(map, &k);
	}
	if (r == 0)
		r = sys_bpf_freeze(map);
	return r == 0 ? take_fd(&map) :
			err_set(e, r, "the kernel does not take the lists of addresses: %s",
				strerror(-r));
}

/* Is each prefix of @a in the trie, and nothing else. */
static bool trie_is(int map, const struct group_address *a, size_t n)
{
	struct key at = { 0 }, next;
	size_t seen = 0;
	int r;

	for (r = sys_bpf_next(map, NULL, &next); r == 0; r = sys_bpf_next(map, &at, &next)) {
		bool known = false;

		at = next;
		for (size_t i = 0; i < n && !known; i++) {
			const struct key k = key_of(&a[i]);

			known = memcmp(&k, &at, sizeof k) == 0;
		}
		if (!known || ++seen > n)
			return false;
	}
	return r == -ENOENT && seen == n;
}

/* ---- the group ---- */

static int program_load(const struct hook *h, int map, struct err *e)
{
	struct program p;
	int r;

	h->make(&p, map);
	r = sys_bpf_load(h->name, h->type, h->at, p.insns, p.n);
	return r < 0 ? err_set(e, r, "the kernel does not take the program for addresses: %s",
			       strerror(-r)) :
		       r;
}

/* Is @id a program that is like @wanted, with these lists. */
static bool program_is(uint32_t id, const struct sys_bpf_info *wanted,
		       const struct group_address *a, size_t n)
{
	cleanup_close const int fd = sys_bpf_program(id);
	cleanup_close int map = -1;
	struct sys_bpf_info info;

	if (fd < 0 || sys_bpf_info(fd, &info) < 0 || info.maps != 1 ||
	    memcmp(info.tag, wanted->tag, sizeof info.tag) != 0)
		return false;
	map = sys_bpf_map(info.map);
	return map >= 0 && trie_is(map, a, n);
}

/* Is @program, or one like it, attached to the group, and does nothing below replace it. */
static int verify_one(int group, const struct hook *h, int program, const struct group_address *a,
		      size_t n, struct err *e)
{
	struct sys_bpf_info wanted;
	struct sys_bpf_found found;
	int r = sys_bpf_info(program, &wanted);

	if (r == 0)
		r = sys_bpf_query(group, h->at, &found);
	if (r < 0)
		return err_set(e, r,
			       "the addresses of the session's control group cannot be read back: %s",
			       strerror(-r));
	for (uint32_t i = 0; found.flags == BPF_F_ALLOW_MULTI && i < found.n; i++)
		if (program_is(found.id[i], &wanted, a, n))
			return 0;
	return err_set(e, -EPROTO,
		       "the session's control group does not hold the lists of addresses for %s",
		       h->what);
}

/* Loads the programs, and attaches them, or compares what is attached with them. */
static int each_hook(int group, const struct plan *plan, bool attach, struct err *e)
{
	size_t n;
	const struct group_address *a = plan_addresses(plan, &n);
	cleanup_close int map = -1;
	int r = 0;

	if (a == NULL)
		return 0;
	map = trie_make(a, n, e);
	if (map < 0)
		return map;
	for (size_t i = 0; r == 0 && i < sizeof hooks / sizeof hooks[0]; i++) {
		cleanup_close const int program = program_load(&hooks[i], map, e);

		if (program < 0)
			return program;
		if (attach)
			r = sys_bpf_attach(group, hooks[i].at, program);
		if (r < 0)
			return err_set(
				e, r,
				"the kernel does not hold the lists of addresses for the session's control group: %s",
				strerror(-r));
		r = verify_one(group, &hooks[i], program, a, n, e);
	}
	return r;
}

int group_hold_addresses(int fd, const struct plan *plan, struct err *e)
{
	return each_hook(fd, plan, true, e);
}

int group_verify_addresses(int fd, const struct plan *plan, struct err *e)
{
	return each_hook(fd, plan, false, e);
}
