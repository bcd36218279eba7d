/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry.h - the sessions that run now: a socket of its keeper for each login, below /run/cordon
 *
 * Each uid with a session has a directory. A login has an entry there, with the id of the login as its
 * name. Only that user and root can connect to an entry. No process id is stored: an entry is alive
 * while the kernel knows a process that has its socket open. What a killed keeper leaves behind is a
 * file that nobody answers at, and the next login of the uid or the next look of root removes it.
 */
#ifndef CORDON_CONTRACT_REGISTRY_H
#define CORDON_CONTRACT_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The directory of all sessions. */
#define REGISTRY_DIR "/run/cordon/sessions"

/* Room for the name of an entry. */
enum { REGISTRY_NAME_MAX = 32 };

/**
 * struct registry - the directory of one uid, while it is locked
 * @dir:  of the directory
 * @lock: of the file that is locked; other users cannot open the file, so they cannot hold the lock
 */
struct registry {
	int dir, lock;
	char path[80];
};

#define REGISTRY_NONE \
	{ \
		.dir = -1, .lock = -1 \
	}

/**
 * registry_lock - make the directory of @uid if it does not exist, and lock it
 * @base: REGISTRY_DIR, or another directory in tests
 *
 * Waits for REGISTRY_LOCK_MS at most.
 * Context: root.
 * Return: 0, @ret must be ended with registry_unlock(); -ETIMEDOUT: another process keeps the lock;
 *         another -errno of mkdir(2), open(2), flock(2).
 */
int registry_lock(const char *base, uid_t uid, struct registry *ret);
enum { REGISTRY_LOCK_MS = 5000 };

/**
 * registry_unlock - give up the lock, and remove the directory if it has no entries
 *
 * @r may be REGISTRY_NONE.
 */
void registry_unlock(struct registry *r);

/**
 * registry_enter - make the entry @id
 * @id:  the id of a login, or the name of registry_place_name()
 * @uid: may connect, besides root
 *
 * Replaces a stale entry of this name, and removes some other stale entries.
 * Return: the listening socket, close-on-exec and non-blocking, the caller's; -EEXIST: a process has
 *         that entry; another -errno of socket(2), bind(2), chown(2), listen(2).
 */
int registry_enter(const struct registry *r, const char *id, uid_t uid);

/**
 * registry_link - make another entry for the socket of the entry @id
 *
 * Replaces a stale entry of the name @other.
 * Return: 0; -EEXIST; another -errno of link(2).
 */
int registry_link(const struct registry *r, const char *id, const char *other);

/**
 * registry_leave - remove the entry @id, whoever made it
 *
 * Return: 0, also if there is no such entry; -errno of unlink(2).
 */
int registry_leave(const struct registry *r, const char *id);

/**
 * registry_count - count the logins that are alive, and remove stale entries
 *
 * Does not disturb the keepers.
 * Return: the number of entries, without those of registry_is_place(); -errno if the directory cannot be read.
 */
int registry_count(const struct registry *r);

/**
 * struct registry_full - the words for a login that MaxSessions= refuses
 * @user: a line for the user
 * @why:  for the log
 */
struct registry_full {
	char user[80], why[80];
};

/**
 * registry_full - say that an account has @count logins, and may have @max
 */
struct registry_full registry_full(uint64_t max, int count);

/**
 * registry_place_name - name the entry of the session that a user's logins by one rule share
 * @rule: "file:line"; the line may change, and does not count
 * @user: the name that logs in, as a uid may have several, with a home each
 */
void registry_place_name(const char *rule, const char *user, char ret[REGISTRY_NAME_MAX]);

/**
 * registry_place_id - make the id of a session that outlives its logins
 * @first: the id of its first login
 *
 * Such a session has an entry with this id as long as it lives.
 */
void registry_place_id(const char *first, char ret[REGISTRY_NAME_MAX]);

/**
 * registry_is_place - tell if an entry has a name of registry_place_name() or registry_place_id()
 */
bool registry_is_place(const char *name);

/**
 * registry_is_place_id - tell if an entry has a name of registry_place_id()
 */
bool registry_is_place_id(const char *name);

/**
 * registry_place - connect to the session that outlives its logins
 * @name: by registry_place_name()
 *
 * Return: the connected socket, close-on-exec, the caller's; -ENOENT: there is none, or its keeper
 *         is gone and the stale entry was removed; -EAGAIN: its keeper does not accept connections;
 *         another -errno of socket(2), connect(2).
 */
int registry_place(const struct registry *r, const char *name);

/**
 * registry_connect - connect to the entry @id in the directory @path, without a lock
 *
 * Never blocks.
 * Return: as registry_place(); -ECONNREFUSED: the entry is stale, and stays; -EACCES: the caller is
 *         neither root nor the user of the session.
 */
int registry_connect(const char *path, const char *id);

/**
 * registry_find - look for a keeper of the uid, by the processes that have made the entries
 * @wanted: is called for one process after the other, which may be the caller
 *
 * A process for which @wanted is true counts only if its entry is still alive afterwards: until then, its
 * number cannot have become another's. Processes of other uids than the caller's do not count.
 * Return: 1; 0: there is none; -errno if the directory cannot be read.
 */
int registry_find(const struct registry *r, bool (*wanted)(pid_t keeper));

/**
 * registry_alive - tell if a process has the socket of the entry @id open
 *
 * Does not disturb that process.
 */
bool registry_alive(const char *path, const char *id);

#endif
