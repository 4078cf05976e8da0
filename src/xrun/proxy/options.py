"""The options of `uv run`: each spelling, the hidden ones too, and whether it takes a value.

Source: each long name, alias and letter found in uv's clap definitions (crates/uv-cli/src/lib.rs
and crates/uv-cache/src/cli.rs at all 167 tags from 0.5.14 to 0.12.5), in `--help` and in the fish
completions, given to 17 real binaries (0.5.14, 0.5.31, 0.6.0, 0.6.17, 0.7.14, 0.8.0, 0.8.24,
0.9.0, 0.9.30, 0.10.12, 0.11.33, 0.12.0, 0.12.5, 0.12.15, 0.12.24, 0.13.0, 0.13.9) as
`uv run --name=x` and `uv run --name`; their error messages tell unknown, flag and value apart.

What was found, on which readers may rely:
- no spelling is a flag in one version and takes a value in another;
- no option has an optional value (clap's num_args, default_missing_value and require_equals do not
  occur among them), and none takes a value that starts with `-`, except `-` itself or after `=`;
- `--name value`, `--name=value`, `-pvalue`, `-p=value` and clusters as `-qp value` all work;
- names can not be abbreviated, and a `=value` given to a flag is an error;
- global options may stand before `run` as well as after it.

Light on purpose: an unchanged run with an option loads this module.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

VALUE_OPTIONS: frozenset[str] = frozenset(
    (
        "--allow-insecure-host",
        "--cache-dir",
        "--color",
        "--config-file",
        "--config-setting",
        "--config-settings",
        "--config-settings-package",  # sampled from 0.8.24
        "--default-index",
        "--directory",
        "--env-file",
        "--exclude-newer",
        "--exclude-newer-package",  # sampled from 0.8.24
        "--extra",
        "--extra-index-url",
        "--find-links",
        "--fork-strategy",
        "--group",
        "--index",
        "--index-strategy",
        "--index-url",
        "--keyring-provider",
        "--link-mode",
        "--max-recursion-depth",  # sampled from 0.5.31
        "--no-binary-package",
        "--no-build-isolation-package",
        "--no-build-package",
        "--no-editable-package",  # sampled from 0.11.33
        "--no-extra",
        "--no-group",
        "--no-sources-package",  # sampled from 0.9.30
        "--only-group",
        "--package",
        "--prerelease",
        "--prerelease-package",  # sampled from 0.12.5
        "--preview-feature",  # sampled from 0.8.24
        "--preview-features",  # sampled from 0.8.24
        "--project",
        "--python",
        "--python-fetch",
        "--python-platform",  # sampled from 0.8.24
        "--python-preference",
        "--refresh-package",
        "--reinstall-package",
        "--resolution",
        "--trusted-host",
        "--upgrade-group",  # sampled from 0.11.33
        "--upgrade-package",
        "--with",
        "--with-editable",
        "--with-requirements",
        "-C",
        "-P",
        "-f",
        "-i",
        "-p",
        "-w",  # sampled from 0.8.0
    )
)
"""Every spelling that takes a value: the next token, unless attached.

"Sampled from" names the oldest of the 17 binaries that knows it; those without a remark are known
to all of them.
"""

FLAGS: frozenset[str] = frozenset(
    (
        "--active",  # sampled from 0.5.31
        "--all-extras",
        "--all-groups",
        "--all-packages",
        "--allow-python-downloads",
        "--binary",
        "--build",
        "--build-isolation",
        "--compile",
        "--compile-bytecode",
        "--dev",
        "--editable",  # sampled from 0.8.24
        "--exact",
        "--force-reinstall",
        "--frozen",
        "--gui-script",
        "--help",
        "--inexact",
        "--isolated",
        "--locked",
        "--managed-python",  # sampled from 0.6.17
        "--module",
        "--native-tls",
        "--no-active",  # sampled from 0.5.31
        "--no-all-extras",
        "--no-binary",
        "--no-build",
        "--no-build-isolation",
        "--no-cache",
        "--no-cache-dir",
        "--no-color",
        "--no-compile",
        "--no-compile-bytecode",
        "--no-config",
        "--no-default-groups",  # sampled from 0.5.31
        "--no-dev",
        "--no-editable",
        "--no-env-file",
        "--no-exact",
        "--no-frozen",  # sampled from 0.12.15
        "--no-index",
        "--no-installer-metadata",
        "--no-locked",  # sampled from 0.12.15
        "--no-managed-python",  # sampled from 0.6.17
        "--no-native-tls",
        "--no-offline",
        "--no-preview",
        "--no-progress",
        "--no-project",
        "--no-python-downloads",
        "--no-refresh",
        "--no-reinstall",
        "--no-require-build-hashes",  # sampled from 0.13.0
        "--no-sources",
        "--no-sync",
        "--no-system-certs",  # sampled from 0.11.33
        "--no-upgrade",
        "--no_workspace",
        "--offline",
        "--only-dev",
        "--pre",
        "--preview",
        "--quiet",
        "--refresh",
        "--reinstall",
        "--require-build-hashes",  # sampled from 0.13.0
        "--script",
        "--show-resolution",
        "--show-settings",
        "--system-certs",  # sampled from 0.11.33
        "--upgrade",
        "--verbose",
        "--version",  # sampled up to 0.6.17
        "-U",
        "-V",  # sampled up to 0.6.17
        "-h",
        "-m",
        "-n",
        "-q",
        "-s",
        "-v",
    )
)
"""Every spelling that takes no value. `-q` and `-v` may be repeated; most others may not."""

ALIASES: dict[str, str] = {
    "--compile": "--compile-bytecode",
    "--config-settings": "--config-setting",
    "--force-reinstall": "--reinstall",
    "--no-cache-dir": "--no-cache",
    "--no-compile": "--no-compile-bytecode",
    "--no-exact": "--inexact",
    "--no_workspace": "--no-project",
    "--preview-feature": "--preview-features",
    "--trusted-host": "--allow-insecure-host",
    "-C": "--config-setting",
    "-P": "--upgrade-package",
    "-U": "--upgrade",
    "-V": "--version",
    "-f": "--find-links",
    "-h": "--help",
    "-i": "--index-url",
    "-m": "--module",
    "-n": "--no-cache",
    "-p": "--python",
    "-q": "--quiet",
    "-s": "--script",
    "-v": "--verbose",
    "-w": "--with",
}
"""Short or alternative spelling -> canonical long one.

Only true synonyms: from `--help` and clap's `alias =`; uv's own messages name the canonical one
(the flags seen in 0.5.31, 0.6.0 and 0.13.9). Opposites (`--no-active`), near synonyms (`--pre`)
and successors (`--native-tls` -> `--system-certs`) are options of their own. Read only.
"""

NOT_FOR_SYNC: frozenset[str] = frozenset(
    (
        "--env-file",  # rejected; reaches the child only
        "--exact",  # sync's default
        "--gui-script",  # rejected; see below
        "--help",  # would print help instead
        "--inexact",  # would hide what is extraneous
        "--isolated",  # accepted with a warning, ignored
        "--max-recursion-depth",  # rejected
        "--module",  # rejected
        "--no-env-file",  # rejected; reaches the child only
        "--no-project",  # rejected; see below
        "--no-sync",  # rejected; see below
        "--quiet",  # -qq would swallow the JSON
        "--script",  # sync: takes a value (0.5.14: rejected); see below
        "--show-resolution",  # rejected
        "--show-settings",  # would print settings instead
        "--version",  # would print the version instead
        "--with",  # rejected; an overlay, not the environment
        "--with-editable",  # rejected; as --with
        "--with-requirements",  # rejected; as --with
    )
)
"""Canonical names to leave out when the run's options are passed to `uv sync --dry-run`.

"Rejected" means "unexpected argument": measured with every option of `uv run` and a plausible
value in 0.13.9, 0.12.24, 0.11.33, 0.9.30, 0.8.24, 0.7.14, 0.6.17 and 0.5.31. In each, sync rejects
exactly `--env-file --gui-script --max-recursion-depth --module --no-env-file --no-project
--no-sync --show-resolution --with --with-editable --with-requirements` of what its own run
accepts, and `--script` for want of a value. Besides, 0.5.30 to 0.6.14 refuse `--dry-run`
together with `--frozen` or `--locked`; 0.6.15 does not.

Leaving these four out can change what is asked about, so handle them before:
- `--script`, `--gui-script`: the target may bring its own metadata (another environment), and
  since 0.12 its folder is where the project is looked for: then pass `--project`;
- `--no-project`, `--no-sync`: the run syncs no project, so there is nothing to ask sync about.
"""


def read_options(
    argv: "Sequence[str]", takes_value: "Callable[[str], bool | None] | None" = None
) -> tuple[int, list[tuple[str, str]], list[str]]:
    """Read the options that stand before the command.

    Args:
        argv: The words, without the program's own name.
        takes_value: As for `command_line.parse_invocation`.

    Returns:
        Where the command begins; what was typed, and what is unknown, as `Invocation` has them.
    """
    typed: list[tuple[str, str]] = []
    unknown: list[str] = []

    def wants_value(name: str, *, has_value: bool = False) -> bool:
        if name in VALUE_OPTIONS:
            return True
        answer = False if name in FLAGS else takes_value(name) if takes_value else None
        if answer is None or (has_value and not answer):
            unknown.append(name)
        return bool(answer)

    def note(name: str, value: str) -> None:
        typed.append((ALIASES.get(name, name), value))

    at = 0
    while at < len(argv):
        word = argv[at]
        at += 1
        if word == "--":
            break
        if not _is_option(word):
            at -= 1
            break
        missing = _read_option(word, wants_value, note)
        if missing is not None and at < len(argv):
            unknown += [missing] if _is_option(argv[at]) else []
            note(missing, argv[at])
            at += 1
    return at, typed, unknown


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _read_option(
    word: str, wants_value: "Callable[..., bool]", note: "Callable[[str, str], None]"
) -> str | None:
    """Note the options in one word; return the name whose value is the next word, if one is."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        if not wants_value(name, has_value=bool(equals)) or equals:
            note(name, value)
            return None
        return name
    for index, letter in enumerate(word[1:], start=1):
        name = "-" + letter
        if not wants_value(name):
            note(name, "")
            continue
        value = word[index + 1 :]
        if not value:
            return name
        note(name, value.removeprefix("="))
        return None
    return None
