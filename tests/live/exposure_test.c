/* SPDX-License-Identifier: Apache-2.0 */
/* exposure_test.c - cordon explain --exposure: each profile's number, and what opens a session raises it */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

#define EXPOSURE "cordon explain --exposure "

static int prepare(void **state)
{
	(void)state;
	rule_none();
	rule_file("50-bob", "User=bob", "PrivateNetwork=no");
	return sh("mkdir -p /tmp/x && printf '[Session]\\n' >/tmp/x/empty.conf").code;
}

/* A change of one of these numbers is a change of what a profile leaves open, or of the table. */
static void goldens(void **state)
{
	static const struct {
		const char *name, *says;
	} profiles[] = {
		{ "profile:exam", "exposure 2.2 OK" },
		{ "profile:git-only", "exposure 1.9 OK" },
		{ "profile:guest", "exposure 2.1 OK" },
		{ "profile:kiosk", "exposure 1.7 OK" },
		{ "profile:kiosk-wayland", "exposure 1.9 OK" },
		{ "profile:restricted-ssh", "exposure 1.9 OK" },
		{ "profile:rsync-only", "exposure 1.7 OK" },
		{ "profile:sftp-only", "exposure 1.8 OK" },
		{ "profile:teaching", "exposure 4.1 MEDIUM" },
		{ "/tmp/x/empty.conf", "exposure 2.7 OK" },
		{ "root", "root: left alone (uid 0 is never confined): exposure 10.0 UNSAFE" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
		const struct out o = sh(EXPOSURE "%s", profiles[i].name);

		assert_int_equal(o.code, 0);
		assert_says(o, profiles[i].says);
	}
	assert_int_equal(sh("ls /usr/share/cordon/profiles/*.conf | wc -l | grep -qx 9").code, 0);
}

/*
 * Each row of the table once: with the line before the bar, the number is higher than with the line
 * behind the bar, which is empty for the default.
 */
static const char lines[] =
	"AllowCommands|AllowCommands=@sftp @shell|AllowCommands=@sftp\n"
	"SystemCallFilter|SystemCallFilter=@default-session @mount|\n"
	"RestrictNamespaces|RestrictNamespaces=no|\n"
	"SystemCallArchitectures|SystemCallArchitectures=native -x86|\n"
	"RestrictAddressFamilies|RestrictAddressFamilies=any|\n"
	"CapabilityBoundingSet|CapabilityBoundingSet=CAP_SYS_ADMIN|\n"
	"MemoryDenyWriteExecute|MemoryDenyWriteExecute=no|MemoryDenyWriteExecute=yes\n"
	"NoExecPaths|NoExecPaths=/srv|NoExecPaths=/\n"
	"LockPersonality|LockPersonality=no|\n"
	"RestrictSUIDSGID|RestrictSUIDSGID=no|\n"
	"ProtectSystem|ProtectSystem=full|\n"
	"Home|Home=persistent|Home=read-only\n"
	"ReadWritePaths|ReadWritePaths=/srv|\n"
	"BindPaths|BindPaths=/srv:/mnt|\n"
	"InaccessiblePaths|InaccessiblePaths=|InaccessiblePaths=/srv\n"
	"PrivateTmp|PrivateTmp=no|\n"
	"PrivateDevices|PrivateDevices=no|\n"
	"DeviceAllow|DeviceAllow=/dev/kvm|\n"
	"PrivateRun|PrivateRun=no|\n"
	"BindLogSockets|BindLogSockets=yes|\n"
	"ProtectKernelTunables|ProtectKernelTunables=no|\n"
	"ProtectKernelLogs|ProtectKernelLogs=no|\n"
	"ProtectControlGroups|ProtectControlGroups=no|\n"
	"PrivateUsers|PrivateUsers=no|\n"
	"PrivatePIDs|PrivatePIDs=no|\n"
	"ProtectProc|ProtectProc=default|\n"
	"ProcSubset|ProcSubset=all|ProcSubset=pid\n"
	"PrivateIPC|PrivateIPC=no|\n"
	"PrivateUTS|PrivateUTS=no|\n"
	"KeyringMode|KeyringMode=inherit|\n"
	"CoreScheduling|CoreScheduling=user|CoreScheduling=session\n"
	"PrivateNetwork|PrivateNetwork=no|\n"
	"SocketConnectDeny|PrivateNetwork=no|PrivateNetwork=no;SocketConnectDeny=tcp\n"
	"IPAddressDeny|PrivateNetwork=no|PrivateNetwork=no;IPAddressDeny=any\n"
	"SocketBindDeny|PrivateNetwork=no|PrivateNetwork=no;SocketBindDeny=tcp\n"
	"LimitNPROC|LimitNPROC=infinity|\n"
	"MemoryMax|MemoryMax=infinity|MemoryMax=1G\n"
	"CPUQuota|CPUQuota=|CPUQuota=50%\n"
	"LimitFSIZE|LimitFSIZE=infinity|LimitFSIZE=1G\n"
	"MaxSessions|MaxSessions=infinity|MaxSessions=2\n"
	"RuntimeMaxSec|RuntimeMaxSec=infinity|RuntimeMaxSec=1h\n"
	"PasswordChange|PasswordChange=yes|\n"
	"Lifetime|Lifetime=user|\n"
	"RestrictRealtime|RestrictRealtime=no|\n"
	"Nice|Nice=-5|\n"
	"OOMScoreAdjust|OOMScoreAdjust=-100|\n";

static const char script[] =
	"import json, subprocess, sys\n"
	"def ask(lines):\n"
	"    with open('/tmp/x/try.conf', 'w') as f: f.write('[Session]\\n' + lines.replace(';', '\\n') + '\\n')\n"
	"    p = subprocess.run(['cordon', 'explain', '--json', '--exposure', '/tmp/x/try.conf'], capture_output=True, text=True)\n"
	"    assert p.returncode == 0, lines + p.stderr\n"
	"    return json.loads(p.stdout)\n"
	"def rate(o, name): return next(s['rate'] for s in o['settings'] if s['name'] == name)\n"
	"seen = set()\n"
	"for line in open('/tmp/x/lines').read().splitlines():\n"
	"    name, opened, closed = line.split('|')\n"
	"    a, b = ask(opened), ask(closed)\n"
	"    assert a['hundredths'] > b['hundredths'], line\n"
	"    assert rate(a, name) > rate(b, name), line\n"
	"    seen.add(name)\n"
	"table = [s['name'] for s in ask('')['settings']]\n"
	"assert len(table) == len(set(table))\n"
	"assert seen == set(table), seen ^ set(table)\n";

static void opened(void **state)
{
	FILE *f = fopen("/tmp/x/lines", "w");

	(void)state;
	assert_non_null(f);
	assert_true(fputs(lines, f) >= 0);
	assert_int_equal(fclose(f), 0);
	f = fopen("/tmp/x/script", "w");
	assert_non_null(f);
	assert_true(fputs(script, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(sh("python3 /tmp/x/script 2>&1").text, "");
}

static void output(void **state)
{
	struct out o = sh(EXPOSURE "bob");

	(void)state;
	assert_int_equal(o.code, 0);
	assert_says(
		o,
		"  PrivateNetwork=no: the session reaches a network (/etc/cordon/rules.d/50-bob.conf:5)\n");
	assert_silent(o, "PrivatePIDs");
	assert_says(o, " settings leave nothing open; --all shows them\nbob: exposure ");
	assert_says(sh(EXPOSURE "--all bob"), "   -  PrivatePIDs=yes\n");
	assert_says(sh(EXPOSURE "--json bob"), "\"name\":\"PrivateNetwork\",\"value\":\"no\"");
}

static void threshold(void **state)
{
	(void)state;
	assert_int_equal(sh(EXPOSURE "--threshold 2.7 /tmp/x/empty.conf").code, 0);
	assert_int_equal(sh(EXPOSURE "--threshold 2.6 /tmp/x/empty.conf").code, 1);
	assert_int_equal(sh(EXPOSURE "--threshold 9.9 root").code, 1);
	assert_int_equal(sh(EXPOSURE "--threshold 11 bob").code, 2);
	assert_int_equal(sh(EXPOSURE "--threshold x bob").code, 2);
	assert_says(sh("cordon explain --threshold 1 bob"),
		    "; write 'cordon explain --exposure --threshold NUMBER USER'");
	assert_says(sh(EXPOSURE "bob alice"), "--exposure requires one user, rule file or profile");
	assert_says(sh(EXPOSURE "--diff bob alice"), "exclude each other");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(goldens), cmocka_unit_test(opened),
					    cmocka_unit_test(output), cmocka_unit_test(threshold) };

	return cmocka_run_group_tests(tests, prepare, NULL);
}
