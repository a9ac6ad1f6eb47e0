import subprocess
from pathlib import Path

from interp.records import git_state


def test_git_state_is_none_outside_git_and_knows_changed_code_inside(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text("a = 1\n")
    assert git_state(code) is None

    def git(*words: str) -> None:
        who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *words], check=True, capture_output=True)

    git("init", "-q")
    assert git_state(code) is None
    git("add", "code.py")
    git("commit", "-q", "-m", "first")
    clean = git_state(code)
    assert clean is not None
    assert clean["dirty"] is False
    assert len(clean["commit"]) == 40
    (tmp_path / "notes.md").write_text("no code")
    assert git_state(code) == clean
    code.write_text("a = 2\n")
    assert git_state(code) == {**clean, "dirty": True}
