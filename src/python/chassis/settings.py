"""Settings from the environment: read once, checked whole, every mistake reported together."""

from collections.abc import Iterator, Mapping
from typing import Any, Self, TypeVar, dataclass_transform

from chassis.setting import REQUIRED, Setting
from chassis.setting_values import value_of

S = TypeVar("S", bound="Settings")

_MAX_SHOWN = 80


class SettingsError(Exception):
    """Settings that the program cannot start with; `problems` has a line for every mistake."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(["the settings are wrong:", *(f"  {p}" for p in problems)]))


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Settings:
    """The base of a program's settings: an immutable value, made by `load_settings`.

    The field `listen_port` is the environment variable LISTEN_PORT. Its annotation says the rest:
    msgspec's `Meta` has its bounds and its documentation, a `Flag` is the command-line option that
    overrides it, a `Parser` makes its value of text where its type alone does not tell how, and
    the value of a `Secret` is kept out of messages.

    Type checkers see a frozen dataclass. It is none, for dataclasses write a constructor of their
    own for every class, which takes a while at each start.

    The constructor neither reads the environment nor checks values: it is for tests.
    """

    def __init__(self, **values: Any) -> None:
        fields = self.fields()
        if wrong := values.keys() ^ {n for n in fields if n in values or fields[n].required}:
            raise TypeError(
                f"{type(self).__name__}: unknown or missing: {', '.join(sorted(wrong))}"
            )
        defaults = {name: setting.default for name, setting in fields.items()}
        vars(self).update(defaults | values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("settings do not change")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{n}={v!r}' for n, v in vars(self).items())})"

    @classmethod
    def fields(cls) -> dict[str, Setting]:
        """Give what there is to set, by name, bases first."""
        annotations: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            annotations |= base.__dict__.get("__annotations__", {})
        return {n: Setting(each, getattr(cls, n, REQUIRED)) for n, each in annotations.items()}

    def replace(self, **values: Any) -> Self:
        """Give the same settings but for some values."""
        return type(self)(**{**vars(self), **values})

    @classmethod
    def mistakes(cls, sound: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Say what does not go together: names of fields, with words to be read after their values.

        sound: the values that are right by themselves, by name; the others are reported already.
        Who overrides it gives the base's mistakes too.
        """
        yield from ()


def load_settings(
    cls: type[S], environ: Mapping[str, str], overrides: Mapping[str, str | None] | None = None
) -> S:
    """Make settings of environment variables, or raise SettingsError with every mistake.

    environ: `os.environ` or a substitute. Variables that are not settings are ignored.
    overrides: values by field name, stronger than the environment; see `chassis.flags`.

    An empty value counts as none, in both.
    """
    fields = cls.fields()
    given = {name: text for name, text in (overrides or {}).items() if text}
    if unknown := given.keys() - fields.keys():
        raise TypeError(f"{cls.__name__} has no {', '.join(sorted(unknown))}")
    texts = {
        name: text for name in fields if (text := given.get(name) or environ.get(name.upper()))
    }
    sound: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, setting in fields.items():
        try:
            sound[name] = value_of(setting, texts[name]) if name in texts else _default(setting)
        except ValueError as error:
            wrong[name] = str(error)
    for name, words in cls.mistakes(sound):
        wrong.setdefault(name, words)
    if not wrong:
        return cls(**sound)

    def problem(name: str) -> str:
        setting = fields[name]
        source = setting.flag.name if setting.flag and name in given else name.upper()
        value = texts.get(name, sound.get(name))
        if value is None:  # It is missing.
            return f"{source}: {wrong[name]}"
        return f"{source}: {'the value' if setting.secret else _shown(value)} {wrong[name]}"

    raise SettingsError(tuple(problem(name) for name in fields if name in wrong))


def _default(setting: Setting) -> Any:
    if setting.required:
        raise ValueError("is required and not set")
    return setting.default


def _shown(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…")
