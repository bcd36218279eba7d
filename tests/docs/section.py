#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""section.py [--list] PAGE [SECTION] - do what a section of a manual page says; see run

Blocks are those between ".Bd -literal" and ".Ed". One whose first line is "# /a/path" is that
file. Of all others a line that begins with "# " is run by root on the server, one with "$ " by
somebody at another machine, one with "sftp> " is typed into the sftp before it; what else there is
has to be in the output of the command above it. In tables, each ".Li Key=value" is a line of a
rule, which has to be accepted and to hold for a login.

Of a page in Markdown, the blocks "ini" and "sh" of PAGES are rules and root's commands. A block
"console" is a transcript: each command prints what is shown, and nothing else. There, a line that
begins with "bob@server:~$ " is typed into a login of bob's. INSTALL.md is for a host on which cordon
is not installed, in a copy of the source.
"""
import os
import re
import shutil
import subprocess
import sys

KEYS, PORT = os.environ.get("HOST_KEYS", ""), 22
HERE = os.path.dirname(os.path.abspath(__file__))
SHIMS = ("systemctl", "sshd", "apt-get", "journalctl", "crontab")
SOURCE = "/root/cordon"  # for the page that builds and installs it
PAGES = {"README.md": ("cordon", "The first confined account", "The first rules", "Profiles"), "INSTALL.md": ("Debian and Ubuntu",)}
STORIES = ("cordon-course.7",)  # whose sections need each other
MATCH = {"User", "Group", "Netgroup", "Service", "RemoteHost", "TTY", "Time"}


def plain(line):
    for roff, text in (("\\&", ""), ("\\-", "-"), ("\\(aq", "'"), ("\\(dq", '"'), ("\\e", "\\")):
        line = line.replace(roff, text)
    return line


def read_markdown(page):
    """as read(): the beginning and the sections of PAGES; what a shell is given is root's"""
    sections = {}
    text = open(page, encoding="utf-8").read()
    for name, text in re.findall(r"^##? (.*?)\n(.*?)(?=^## |\Z)", text, re.M | re.S):
        if name not in PAGES[os.path.basename(page)]:
            continue
        sections[name] = []
        for kind, block in re.findall(r"^```(ini|sh|console)\n(.*?)^```", text, re.M | re.S):
            lines = block.splitlines()
            if kind == "sh":
                lines = ["# " + re.sub(r"^sudo | *#.*", "", line) for line in lines]
            sections[name].append(("exactly" if kind == "console" else "block", lines))
    return sections


def read(page):
    """section -> [("block", [lines]) or ("line", text)], in order"""
    if page.endswith(".md"):
        return read_markdown(page)
    sections, name, block = {}, None, None
    for line in open(page, encoding="utf-8").read().splitlines():
        if line.startswith(".Sh "):
            name = line[4:].strip('"')
            sections[name] = []
        elif line.startswith(".Bd -literal"):
            block = []
        elif line == ".Ed":
            sections[name].append(("block", block))
            block = None
        elif block is not None:
            block.append(plain(line))
        else:
            for m in re.finditer(r'Li (?:"([A-Z][A-Za-z]+=[^"]*)"|([A-Z][A-Za-z]+=\S*))', line):
                sections[name].append(("line", plain(m.group(1) or m.group(2))))
    if os.path.basename(page) in STORIES:
        return {"from beginning to end": sum(sections.values(), [])}
    return {k: v for k, v in sections.items() if v}


def sh(command, user=None, stdin=""):
    args = ["bash", "-c", command]
    env = dict(os.environ, HOME="/root", LC_ALL="C")
    cwd = SOURCE if os.path.isdir(SOURCE) else "/root"
    if user:
        cwd = "/home/" + user
        env = {"HOME": cwd, "USER": user, "LOGNAME": user, "PATH": "/usr/bin:/bin", "LC_ALL": "C"}
        args = ["setpriv", "--reuid", user, "--regid", user, "--init-groups"] + args
    try:
        p = subprocess.run(args, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           errors="replace", cwd=cwd, env=env, timeout=300, check=False)
    except subprocess.TimeoutExpired as e:
        return -1, str(e.stdout)
    return p.returncode, p.stdout


def must(command):
    code, out = sh(command)
    if code != 0:
        sys.exit("docs: cannot prepare: %s: %s" % (command, out))


def prepare(text):
    """The other machine is alice's home; server, inner and the keys people hand in are made up."""
    must("userdel -r git 2>/dev/null; groupdel git 2>/dev/null; echo 127.0.0.1 server inner >>/etc/hosts")
    must("mkdir -p /etc/ssh/sshd_config.d /run/docs && rm -f /etc/ssh/sshd_config.d/* && ln -s /etc/ssh/sshd_config /run/docs/")
    must("{ echo Include '/etc/ssh/sshd_config.d/*.conf'; echo Port %d; cat /run/host/sshd_config; } >/etc/ssh/sshd_config" % PORT)
    for program in SHIMS:
        must("install -m 0755 %s/shim /usr/local/sbin/%s" % (HERE, program))
    must("/usr/sbin/sshd -f /run/docs/sshd_config -o PidFile=/run/docs/sshd.pid")
    must("cp %s/id %s/id.pub /home/alice/.ssh/; sed -e '/^ *Port/d' -e 's/LogLevel ERROR/RequestTTY no/' -e '/HostName/d' -e '/UserKnownHosts/d' -e 's|%s/id|~/.ssh/id|' "
         "-e 's|^Host \\*|Host *\\nHostKeyAlias server|' %s/ssh_config >/home/alice/.ssh/config; "
         "sed 's/^[^ ]*/server/' %s/known_hosts >/home/alice/.ssh/known_hosts; chown -R alice: /home/alice" % ((KEYS,) * 5))
    os.makedirs("/root/keys")
    for name in set(re.findall(r"\b((?:keys/)?[a-z]+\.pub)\b", text)):
        shutil.copy(KEYS + "/id.pub", "/root/" + name)
    must("mkdir -p /srv/jail/usr /srv/jail/etc; mount --rbind /usr /srv/jail/usr; cd /; "
         "for l in bin sbin lib lib32 lib64 libx32; do [ ! -L $l ] || cp -P $l /srv/jail/; done; cp /etc/passwd /etc/group /srv/jail/etc/")
    must("cd /home/alice && echo report >report.pdf && mkdir -p site && echo page >site/index.html && chown -R alice: . ;"
         "mkdir -p /srv/data /srv/backup /srv/git /srv/course /srv/jail; install -d -o bob /srv/backup/bob /srv/data/bob;"
         "rm -f /etc/cordon/rules.d/*")


def commands(block):
    """[prompt, command, typed, expected lines]"""
    got = []
    for line in block:
        if line[:2] in ("# ", "$ "):
            got.append([line[0], line[2:], "", []])
        elif line.startswith("bob@server:~$ "):
            got.append(["$", "ssh bob@server", line.split("$ ", 1)[1] + "\n", []])
        elif line.startswith("sftp> "):
            got[-1][2] += line[6:] + "\n"
        elif got and got[-1][1].endswith("\\"):
            got[-1][1] = got[-1][1][:-1] + line.lstrip("> ")
        elif got and line.strip():
            got[-1][3].append(line.strip())
    return got


def pattern(expected):
    """"uid UID" stands for any number"""
    return re.escape(" ".join(expected.split())).replace("uid\\ UID", "uid [0-9]+")


def do_block(block, exactly=False):
    m = re.match(r"# (/\S+?)(?:: .*)?$", block[0])
    if m:
        os.makedirs(os.path.dirname(m.group(1)), exist_ok=True)
        with open(m.group(1), "w", encoding="utf-8") as f:
            f.write("\n".join(block) + "\n")
        if "/cordon/rules.d/" in m.group(1):
            code, out = sh("cordon check")
            return 1, [] if code == 0 else ["%s: cordon check: %s" % (m.group(1), out)]
        return 1, []
    failed, n = [], 0
    for prompt, command, typed, expected in commands(block):
        if typed and command.startswith("sftp "):
            command = "sftp -b - " + command[5:]
        code, out = sh(command, "alice" if prompt == "$" else None, typed)
        n += 1
        lines = [" ".join(s.split()) for s in out.splitlines()]
        missing = [e for e in expected if not any(re.search(pattern(e), s) for s in lines)]
        if exactly and lines != [" ".join(e.split()) for e in expected]:
            missing = expected or ["nothing"]
        # a command that is shown to fail says how; all others succeed
        if missing or (code != 0 and not expected):
            failed.append("%s %s\n  code %d, wanted %s, got: %s" % (prompt, command, code, missing, out))
    return n, failed


def do_line(line):
    key = line.split("=")[0]
    with open("/etc/cordon/rules.d/10-line.conf", "w", encoding="utf-8") as f:
        f.write("[Match]\nUser=bob\n%s\n\n[Session]\n%s\n" % (line if key in MATCH else "", "" if key in MATCH else line))
    code, out = sh("cordon check /etc/cordon/rules.d/10-line.conf")
    failed = ["%s: %s" % (line, out)] if code != 0 else []
    code, out = sh("ssh bob@server true", "alice")
    wanted = (255,) if line == "Action=deny" else (0, 126)
    if code not in wanted:
        failed.append("%s: a login: code %d: %s: %s" % (line, code, out, sh("tail -1 $HOST_LOG")[1]))
    os.unlink("/etc/cordon/rules.d/10-line.conf")
    return 1, failed


def main():
    if sys.argv[1] == "--list":
        print("\n".join(read(sys.argv[2])))
        return 0
    page, section = sys.argv[1:]
    items = read(page)[section]
    if page.endswith(".md"):
        must("groupadd -f students; groupadd -f sudo; useradd -m guest; useradd -m acme; cd /root; "
             "printf 'test:\\n\\t@echo tested\\n' >Makefile; printf '#!/bin/sh\\necho built\\n' >build; chmod 755 build")
    if os.path.basename(page) == "INSTALL.md":
        must("tar -C %s/../.. --exclude=./.git --exclude='./build*' -cf /run/source.tar . && mkdir %s && tar -C %s -xf /run/source.tar"
             % (HERE, SOURCE, SOURCE))
    prepare("\n".join(x if kind == "line" else "\n".join(x) for kind, x in items))
    total, failures = 0, []
    for kind, x in items:
        n, failed = do_line(x) if kind == "line" else do_block(x, kind == "exactly")
        total += n
        failures += failed
    for f in failures:
        print("docs: %s: %s: %s" % (os.path.basename(page), section, f))
    print("docs: %s: %s: %d tried, %d failed" % (os.path.basename(page), section, total, len(failures)))
    return 1 if failures else 0


sys.exit(main())
