"""Keys and passwords that the runner is given are in no file, prompt, trace or error that it leaves."""

import json
from pathlib import Path

from tests.fixtures.scripted import Reply, ScriptedModel, call, final, serve_scripted
from tests.fixtures.shop import ankus, processes_of

MODEL_KEY = "sk-planted-model-key-0123456789abcdef"
DATABASE_PASSWORD = "planted-database-password"
SERVER_TOKEN = "planted-token-of-a-server"
SECRETS = [MODEL_KEY, DATABASE_PASSWORD, SERVER_TOKEN]
ANSWERED = [call("postgres-sql__run_query", {"sql": "SELECT count(*) FROM orders"}), final("There are some.")]


def servers(folder: Path, name: str, **variables: str) -> str:
    """An mcp.json whose server has secrets in its environment."""
    spec = {"command": "ankus-postgres-sql", "env": {"SERVICE_TOKEN": SERVER_TOKEN, **variables}}
    path = folder / name
    path.write_text(json.dumps({"mcpServers": {"postgres-sql": spec}}), encoding="utf-8")
    return str(path)


def holding(folder: Path) -> list[tuple[Path, str]]:
    """Files with a secret in them: logs, the databases of traces, conversations and memory, saved prompts."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [(path, secret) for path in files for secret in SECRETS if secret.encode() in path.read_bytes()]


def test_whatever_happens_no_secret_is_left_anywhere(shop_home: Path, tmp_path: Path) -> None:
    good = servers(tmp_path, "good.json", ANKUS_DATABASE="shop")
    gone = f"postgresql://reader:{DATABASE_PASSWORD}@127.0.0.1:1/shop"
    bad = servers(tmp_path, "bad.json", ANKUS_DATABASE_URL=gone)
    said, asked = "", 0
    with serve_scripted(ScriptedModel()) as scripted:
        common = ("--base-url", scripted.url)
        scripted.play(*ANSWERED)
        answered = ankus(shop_home, "ask", "How many?", *common, "--mcp", good, ANKUS_API_KEY=MODEL_KEY)
        scripted.play(Reply(status=401, text=f"the key {MODEL_KEY} is wrong"), repeat_last=True)
        refused = ankus(shop_home, "ask", "Who?", *common, "--mcp", good, ANKUS_API_KEY=MODEL_KEY)
        down = ankus(shop_home, "ask", "When?", *common, "--mcp", bad, ANKUS_API_KEY=MODEL_KEY)
        prompts = json.dumps(scripted.requests)
    for arguments in (("traces", "export", "--days", "1"), ("conversations", "list", "--json")):
        said += ankus(shop_home, *arguments).stdout
    for run in (answered, refused, down):
        said += run.stdout + run.stderr
        asked += run.returncode == 0

    assert asked == 1, said
    assert "How many?" in said
    assert [secret for secret in SECRETS if secret in said or secret in prompts] == []
    assert not processes_of(shop_home)
    assert holding(shop_home) == []
