#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""jupyterhub.py - a browser and an administrator of the hub, for tests/long/jupyterhub

  up | login USER PASSWORD | start USER | stop USER | gone USER | run USER CODE
"""
import asyncio
import json
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from http.cookiejar import CookieJar

HUB = "http://127.0.0.1:8000"
TOKEN = "of-the-test-0123456789"
SECONDS = 150


def ask(path, method="GET", data=None):
    """Returns the status and the object of the answer."""
    request = urllib.request.Request(HUB + path, method=method, data=None if data is None else json.dumps(data).encode())
    request.add_header("Authorization", "token " + TOKEN)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as e:
        return e.code, None


def login(user, password):
    """As a browser does: the form, the cookies, and where it leads to."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    page = browser.open(HUB + "/hub/login?next=/hub/home", timeout=SECONDS).read().decode()
    fields = {"username": user, "password": password}
    xsrf = re.search(r'name="_xsrf" value="([^"]*)"', page)
    if xsrf:
        fields["_xsrf"] = xsrf.group(1)
    try:
        answer = browser.open(HUB + "/hub/login?next=/hub/home", urllib.parse.urlencode(fields).encode(), timeout=SECONDS)
    except urllib.error.HTTPError as e:
        return "refused" if e.code == 403 else f"HTTP {e.code}"
    return "in" if urllib.parse.urlsplit(answer.geturl()).path == "/hub/home" else "refused"


def server(user):
    code, answer = ask(f"/hub/api/users/{user}")
    return answer["servers"].get("") if code == 200 else None


def start(user):
    ask(f"/hub/api/users/{user}", "POST")
    code, _ = ask(f"/hub/api/users/{user}/server", "POST")
    if code not in (201, 202):
        return f"failed: {code}"
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        now = server(user)
        if now is None:
            return "failed"
        if now["ready"]:
            return "ready"
        time.sleep(0.3)
    return "failed: too slow"


def gone(user):
    until = time.monotonic() + SECONDS
    while server(user) is not None and time.monotonic() < until:
        time.sleep(0.3)
    return "stopped" if server(user) is None else "runs"


def stop(user):
    ask(f"/hub/api/users/{user}/server", "DELETE")
    return gone(user)


async def execute(user, kernel, code):
    from tornado.httpclient import HTTPRequest
    from tornado.websocket import websocket_connect
    url = f"{HUB.replace('http', 'ws')}/user/{user}/api/kernels/{kernel}/channels"
    socket = await websocket_connect(HTTPRequest(url, headers={"Authorization": "token " + TOKEN}, connect_timeout=SECONDS))
    message = {"header": {"msg_id": uuid.uuid4().hex, "username": user, "session": uuid.uuid4().hex, "msg_type": "execute_request",
                          "version": "5.3"}, "parent_header": {}, "metadata": {}, "channel": "shell",
               "content": {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}}
    await socket.write_message(json.dumps(message))
    text = ""
    while True:
        got = json.loads(await asyncio.wait_for(socket.read_message(), SECONDS))
        if got["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        if got["msg_type"] == "stream":
            text += got["content"]["text"]
        elif got["msg_type"] == "error":
            text += "\n".join(got["content"]["traceback"])
        elif got["msg_type"] == "status" and got["content"]["execution_state"] == "idle":
            return text


def run(user, code):
    status, kernel = ask(f"/user/{user}/api/kernels", "POST", {})
    if status != 201:
        return f"no kernel: {status}"
    return asyncio.run(execute(user, kernel["id"], code))


def up():
    try:
        return "up" if ask("/hub/api/")[0] == 200 else sys.exit(1)
    except OSError:
        return sys.exit(1)


if __name__ == "__main__":
    print(globals()[sys.argv[1]](*sys.argv[2:]).rstrip("\n"))
