/* SPDX-License-Identifier: Apache-2.0 */
/* sys_bpf.c - see sys_bpf.h */
#include "base/sys_bpf.h"

#include "base/sys.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The descriptors that bpf(2) returns are close-on-exec. */
static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	const long r = syscall(SYS_bpf, cmd, attr, sizeof *attr);

	return r < 0 ? -errno : (int)r;
}

static uint64_t pointer(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static void name_put(char *to, const char *name)
{
	const size_t len = strlen(name);

	memcpy(to, name, len < BPF_OBJ_NAME_LEN ? len : BPF_OBJ_NAME_LEN - 1); /* the rest is zero */
}

int sys_bpf_trie(const char *name, size_t key_size, size_t n)
{
	union bpf_attr attr;

	SYS_FAULT();
	memset(&attr, 0, sizeof attr);
	attr.map_type = BPF_MAP_TYPE_LPM_TRIE;
	attr.key_size = (uint32_t)key_size;
	attr.value_size = 1;
	attr.max_entries = (uint32_t)n;
	attr.map_flags = BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG;
	name_put(attr.map_name, name);
	return bpf(BPF_MAP_CREATE, &attr);
}

int sys_bpf_put(int map, const void *key)
{
	static const uint8_t value = 1;
	union bpf_attr attr;

	SYS_FAULT();
	memset(&attr, 0, sizeof attr);
	attr.map_fd = (uint32_t)map;
	attr.key = pointer(key);
	attr.value = pointer(&value);
	return bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

int sys_bpf_freeze(int map)
{
	union bpf_attr attr;

	SYS_FAULT();
	memset(&attr, 0, sizeof attr);
	attr.map_fd = (uint32_t)map;
	return bpf(BPF_MAP_FREEZE, &attr);
}

int sys_bpf_next(int map, const void *key, void *ret)
{
	union bpf_attr attr;

	SYS_FAULT();
	memset(&attr, 0, sizeof attr);
	attr.map_fd = (uint32_t)map;
	attr.key = pointer(key);
	attr.next_key = pointer(ret);
	return bpf(BPF_MAP_GET_NEXT_KEY, &attr);
}

int sys_bpf_load(const char *name, enum bpf_prog_type type, enum bpf_attach_type at,
		 const struct bpf_insn *insns, size_t n)
{
	union bpf_attr attr;

	SYS_FAULT();
	memset(&attr, 0, sizeof attr);
	attr.prog_type = type;
	attr.expected_attach_type = at;
	attr.insns = pointer(insns);
	attr.insn_cnt = (uint32_t)n;
	attr.license = pointer("Apache-2.0");
	name_put(attr.prog_name, name);
	return bpf(BPF_PROG_LOAD, &attr);
}

int sys_bpf_attach(int group, enum bpf_attach_type at, int program)
{
	union bpf_attr attr;

	SYS_FAULT();
	memset(&attr, 0, sizeof attr);
	attr.target_fd = (uint32_t)group;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = at;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	return bpf(BPF_PROG_ATTACH, &attr);
}

int sys_bpf_query(int group, enum bpf_attach_type at, struct sys_bpf_found *ret)
{
	union bpf_attr attr;
	int r;

	SYS_FAULT();
	*ret = (struct sys_bpf_found){ 0 };
	memset(&attr, 0, sizeof attr);
	attr.query.target_fd = (uint32_t)group;
	attr.query.attach_type = at;
	attr.query.prog_ids = pointer(ret->id);
	attr.query.prog_cnt = SYS_BPF_PROGRAMS;
	r = bpf(BPF_PROG_QUERY, &attr);
	if (r < 0)
		return r;
	ret->n = attr.query.prog_cnt;
	ret->flags = attr.query.attach_flags;
	return 0;
}

int sys_bpf_program(uint32_t id)
{
	union bpf_attr attr;

	SYS_FAULT();
	memset(&attr, 0, sizeof attr);
	attr.prog_id = id;
	return bpf(BPF_PROG_GET_FD_BY_ID, &attr);
}

int sys_bpf_map(uint32_t id)
{
	union bpf_attr attr;

	SYS_FAULT();
	memset(&attr, 0, sizeof attr);
	attr.map_id = id;
	attr.open_flags = BPF_F_RDONLY;
	return bpf(BPF_MAP_GET_FD_BY_ID, &attr);
}

int sys_bpf_info(int program, struct sys_bpf_info *ret)
{
	struct bpf_prog_info info;
	union bpf_attr attr;
	uint32_t map = 0;
	int r;

	SYS_FAULT();
	*ret = (struct sys_bpf_info){ 0 };
	memset(&attr, 0, sizeof attr);
	memset(&info, 0, sizeof info);
	info.nr_map_ids = 1;
	info.map_ids = pointer(&map);
	attr.info.bpf_fd = (uint32_t)program;
	attr.info.info_len = sizeof info;
	attr.info.info = pointer(&info);
	r = bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
	if (r < 0)
		return r;
	memcpy(ret->tag, info.tag, sizeof ret->tag);
	ret->maps = info.nr_map_ids;
	ret->map = map;
	return 0;
}
