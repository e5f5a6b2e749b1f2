"""Help and mistakes of the command line in the reader's language: what Typer itself says, beside our own sentences."""

from __future__ import annotations

import re
from typing import Any

from rich.text import Text
from typer import rich_utils
from typer.core import TyperGroup, TyperOption

from chain.language import translate

#: What stands around the help: the names that Typer gives to its sentences, and the sentences.
FRAME = {
    "ARGUMENTS_PANEL_TITLE": "Arguments",
    "OPTIONS_PANEL_TITLE": "Options",
    "COMMANDS_PANEL_TITLE": "Commands",
    "DEFAULT_STRING": "[default: {}]",
    "REQUIRED_LONG_STRING": "[required]",
}
USAGE = "Usage: "
HELP = "Show this message and exit."
TRY = "'{command} --help' tells more"

#: What Typer says of a mistake; the first that fits is taken.
MISTAKES = (
    "Missing argument '{name}'.",
    "Missing option '{name}'.",
    "Missing command.",
    "No such command '{name}'. Did you mean {others}?",
    "No such command '{name}'.",
    "No such option: {name} (Possible options: {others})",
    "No such option: {name}",
    "Option '{name}' requires an argument.",
    "Got unexpected extra argument(s) ({name})",
    "Invalid value for {name}: {reason}",
)


#: What Typer says of a value → our sentence; the first that fits is taken.
REASONS = {
    "Input should be less than or equal to {le}": "it should be at most {le}",
    "Input should be greater than or equal to {ge}": "it should be at least {ge}",
    "Input should be a valid integer, {more}": "it should be a whole number",
    "Value error, '{value}' does not match the formats {formats}": "it should be a day, such as 2026-03-01",
}


def speak_frame(language: str) -> None:
    """What Typer keeps once for all commands; set for English, too, since another reader may have been served before."""
    rich_utils._make_rich_text = _folded
    for name, sentence in FRAME.items():
        setattr(rich_utils, name, translate(sentence, language))


def speak(command: Any, language: str) -> None:
    """Put the help of a command and of all below it into the reader's language."""
    speak_frame(language)
    _speak(command, language)


def _speak(command: Any, language: str) -> None:
    if command.help:
        command.help = translate(" ".join(command.help.split()), language)
    for parameter in command.params:
        if parameter.help:
            parameter.help = translate(parameter.help, language)
    usage, help_option = command.get_usage, command.get_help_option

    def spoken_usage(context: Any) -> str:
        return str(usage(context)).replace(USAGE, translate(USAGE, language), 1)

    def spoken_help_option(context: Any) -> TyperOption | None:
        option: TyperOption | None = help_option(context)
        if option is not None and option.help == HELP:
            option.help = translate(HELP, language)
        return option

    command.get_usage, command.get_help_option = spoken_usage, spoken_help_option
    if isinstance(command, TyperGroup):
        for child in command.commands.values():
            _speak(child, language)


def mistake(said: str, command: str, language: str) -> str:
    """What is wrong with the arguments, and where to read on, in the reader's language."""
    said = " ".join(said.split())
    for template in MISTAKES:
        if found := _pattern(template).fullmatch(said):
            values = found.groupdict()
            if "reason" in values:
                values["reason"] = _reason(values["reason"], language)
            said = translate(template, language).format(**values)
            break
    else:
        said = translate(said, language)
    more = translate(TRY, language).format(command=command)
    return f"{said.rstrip('.。')}；{more}" if language == "zh" else f"{said.rstrip('.')}; {more}"


def _reason(said: str, language: str) -> str:
    for template, sentence in REASONS.items():
        if found := _pattern(template).fullmatch(said):
            return translate(sentence, language).format(**found.groupdict())
    return translate(said, language)


_make_rich_text = rich_utils._make_rich_text


def _folded(**how: Any) -> Any:
    """Typer's text that goes on in the next line where it has no spaces to break at, instead of being cut off."""
    text = _make_rich_text(**how)
    if isinstance(text, Text):
        text.overflow = "fold"
    return text


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(template)))
