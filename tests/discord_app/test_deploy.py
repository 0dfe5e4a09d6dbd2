"""The container file and the systemd unit say what is true of the program."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import tomllib
from contextlib import closing
from pathlib import Path

import discord
import pytest
import typer
from aiohttp.test_utils import unused_port
from discord.ext import commands

from bot import cli
from bot.discord_app.health import Health
from bot.discord_app.metrics import Metrics
from bot.discord_app.rooms import Rooms
from bot.settings import Settings, load_settings
from index.encoder import Encoder
from tests.conftest import REPOSITORY, baseline

UNIT = REPOSITORY / "docs" / "pullquote.service"
SYSTEMD = shutil.which("systemd-analyze")


def lines(file: Path) -> list[str]:
    """Without comments, and with continued lines made one."""
    text = re.sub(r"^#.*\n", "", file.read_text("utf-8"), flags=re.MULTILINE)
    return [line for line in re.sub(r"\\\n\s*", "", text).splitlines() if line]


@pytest.fixture(scope="module")
def image() -> dict[str, list[str]]:
    """The instructions of the container file's last stage, by name."""
    found: dict[str, list[str]] = {}
    for line in lines(REPOSITORY / "Containerfile"):
        name, _, rest = line.partition(" ")
        found = {} if name == "FROM" else found
        found.setdefault(name, []).append(rest)
    return found


@pytest.fixture(scope="module")
def unit() -> dict[str, list[str]]:
    """The unit's settings; each may be given several times."""
    found: dict[str, list[str]] = {}
    for line in lines(UNIT):
        name, given, value = line.partition("=")
        if given:
            found.setdefault(name, []).append(value)
    return found


def settings_of(variables: list[str]) -> Settings:
    """The settings that NAME=value make; fails for a name that is none."""
    given = dict(each.split("=", 1) for each in variables)
    names = {name: name.removeprefix("PULLQUOTE_").lower() for name in given}
    assert {*names.values()} <= Settings.model_fields.keys()
    return Settings.model_validate({names[name]: value for name, value in given.items()})


def runs_the_bot(program: str, *words: str) -> bool:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    known = typer.main.get_group(cli.app).commands
    return Path(program).name in project["scripts"] and words == ("discord",) and "discord" in known


class TestContainer:
    def test_it_runs_the_bot_as_nobody_special(self, image: dict[str, list[str]]) -> None:
        assert runs_the_bot(*json.loads(image["ENTRYPOINT"][0]), *json.loads(image["CMD"][0]))
        assert int(image["USER"][-1]) > 0
        assert image["STOPSIGNAL"] == ["SIGTERM"]

    def test_its_settings_are_some_and_the_libraries_are_in_its_volume(
        self, image: dict[str, list[str]]
    ) -> None:
        [given] = image["ENV"]
        settings = settings_of([each for each in given.split() if each.startswith("PULLQUOTE_")])
        assert [str(settings.home)] == image["VOLUME"] == image["WORKDIR"]
        assert f"--home-dir {settings.home}" in image["RUN"][0]
        assert f"127.0.0.1:{settings.health_port}/" in image["HEALTHCHECK"][0]

    async def test_its_health_check_tells_whether_the_bot_lives(
        self, image: dict[str, list[str]], encoder: Encoder, tmp_path: Path
    ) -> None:
        settings = Settings(home=tmp_path, health_port=unused_port())
        python, *arguments = json.loads(image["HEALTHCHECK"][0].partition("CMD ")[2])
        assert python == "python"
        command = [re.sub(r"1:\d+/", f"1:{settings.health_port}/", each) for each in arguments]
        bot = commands.AutoShardedBot([], intents=discord.Intents.none())
        with closing(Rooms(settings, baseline(encoder))) as rooms:
            async with bot, Health(bot, Metrics(rooms), settings):
                assert await run(*command) == 0
        assert await run(*command) != 0

    def test_what_it_is_built_from_is_there_and_no_secret_is_among_it(self) -> None:
        first, *taken = (REPOSITORY / ".dockerignore").read_text("utf-8").splitlines()
        names = [each.removeprefix("!") for each in taken if each.startswith("!")]
        assert first == "*"
        assert all((REPOSITORY / name).exists() for name in names)
        assert {"requirements.lock", "pyproject.toml", "bot", "index", "prompts"} <= {*names}
        assert not [name for name in names if name.startswith(".")]

    def test_what_it_leaves_out_is_pinned_and_nothing_that_answers(self) -> None:
        [left_out] = re.findall(r"\^\((.+?)\)==", (REPOSITORY / "Containerfile").read_text("utf-8"))
        pinned = re.findall(r"^(.+)==", (REPOSITORY / "requirements.lock").read_text(), re.M)
        assert {*left_out.split("|")} <= {*pinned}
        modules = left_out.replace("-", "_").replace("scikit_learn", "sklearn").split("|")
        code = f"import sys; sys.modules.update(dict.fromkeys({modules})); import bot.discord_app"
        code += "; import bot.cli, bot.session, index.intake, index.sources.child"
        assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY).returncode == 0  # noqa: S603


class TestUnit:
    def test_it_runs_the_bot_with_settings_that_there_are(self, unit: dict[str, list[str]]) -> None:
        assert runs_the_bot(*unit["ExecStart"][0].split())
        settings = settings_of(unit["Environment"])
        assert [str(settings.home)] == [f"%S/{name}" for name in unit["StateDirectory"]]

    def test_the_token_comes_as_a_credential(
        self, unit: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name, _, kept = unit["LoadCredential"][0].partition(":")
        assert kept == "/etc/pullquote/token"
        (tmp_path / name).write_text("canary.token\n")
        monkeypatch.delenv("DISCORD_TOKEN", raising=False)
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
        monkeypatch.chdir(tmp_path)
        assert load_settings().discord_token.get_secret_value() == "canary.token"

    def test_a_setting_that_is_wrong_is_not_tried_again(
        self,
        unit: dict[str, list[str]],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.delenv("DISCORD_TOKEN", raising=False)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["pullquote", "discord"])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        assert [str(stopped.value.code)] == unit["RestartPreventExitStatus"]
        assert capsys.readouterr().err.startswith("pullquote: DISCORD_TOKEN is not set")

    @pytest.mark.skipif(not SYSTEMD, reason="there is no systemd here")
    def test_systemd_understands_it(self, tmp_path: Path) -> None:
        text = UNIT.read_text("utf-8").replace("/opt/pullquote/.venv/bin/pullquote", "/bin/true")
        copy = tmp_path / UNIT.name
        copy.write_text(text.replace("/opt/pullquote", str(REPOSITORY)))
        command = [str(SYSTEMD), "verify", "--man=no", str(copy)]
        done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
        assert (done.returncode, done.stderr) == (0, "")


async def run(*arguments: str) -> int:
    """Python with these arguments, beside this event loop."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stderr=asyncio.subprocess.DEVNULL
    )
    return await process.wait()
