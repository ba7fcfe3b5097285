"""Words of time, in the zone of whoever asks: ``yesterday 8-9``, ``since monday``, ``14.11. 18:00-19:30``.

A rule is a regular expression and what it makes of a match; the first that makes something wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = 1440
"""minutes"""
SINCE = frozenset({"since", "after", "from"})
YEARS = range(1900, 2200)
LONGEST = 7
"""words that one rule may take"""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NEAR = ("today", "yesterday", "vorgestern")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
PARTS: Mapping[str, tuple[int, int]] = {
    "morning": (6 * 60, 12 * 60),
    "afternoon": (12 * 60, 18 * 60),
    "evening": (18 * 60, 22 * 60),
    "night": (22 * 60, 30 * 60),
}
"""part of a day -> its minutes; a night ends on the following day"""
GERMAN: Mapping[str, str] = {
    "heute": "today", "gestern": "yesterday", "letzte": "last", "letzten": "last",
    "letzter": "last", "letztes": "last", "diese": "this", "dieser": "this", "dieses": "this",
    "diesen": "this", "stunde": "hour", "stunden": "hours", "minute": "minute", "minuten": "minutes", "tag": "day",
    "tage": "days", "tagen": "days", "woche": "week", "wochen": "weeks", "monat": "month", "monate": "months",
    "jahr": "year", "jahre": "years", "nacht": "night", "abend": "evening", "morgen": "morning",
    "vormittag": "morning", "nachmittag": "afternoon", "seit": "since", "nach": "after", "vor": "before",
    "bis": "until", "von": "from", "zwischen": "between", "und": "and", "gegen": "around", "um": "at",
    "mittag": "noon", "mitternacht": "midnight", "wochenende": "weekend", "montag": "monday", "dienstag": "tuesday",
    "mittwoch": "wednesday", "donnerstag": "thursday", "freitag": "friday", "samstag": "saturday",
    "sonnabend": "saturday", "sonntag": "sunday", "januar": "january", "februar": "february", "märz": "march",
    "mai": "may", "juni": "june", "juli": "july", "oktober": "october", "dezember": "december",
}  # fmt: skip

_WEEKDAY = r"(?:mon|tues?|wed|thu(?:rs)?|fri|satur|sat|sun|wednes)(?:day)?"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = (
    rf"(?:today|yesterday|vorgestern|(?:last |on )?{_WEEKDAY}|\d{{4}}-\d\d-\d\d"
    rf"|\d{{1,2}}\.\d{{1,2}}\.?(?:\d{{4}}|\d\d)?|\d{{1,2}}\.? {_MONTH}(?: \d{{4}})?|{_MONTH} \d{{1,2}}(?:,? \d{{4}})?)"
)
_CLOCK = r"(?:\d{1,2}(?::[0-5]\d)?(?: ?[ap]m)?(?: (?:uhr|o'clock))?|noon|midnight)"
_PLAIN = r"(?:\d{1,2}:[0-5]\d(?: ?[ap]m)?|\d{1,2} ?[ap]m|\d{1,2} (?:uhr|o'clock)|noon|midnight)"
"""a time that needs no word before it to be known as one"""
_UNIT = r"(min|h|hr|minute|hour|day|week|month|year)s?"
_TO = r"(?: ?[-\u2013] ?| to | until | till | and | ?\.\. ?)"
_MINUTES: Mapping[str, int] = {"min": 1, "minute": 1, "h": 60, "hr": 60, "hour": 60, "day": DAY, "week": 7 * DAY}
_ABSURD = 100 * 366 * DAY


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days, ``last`` among them."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes of a day, ``end`` beyond 1440 when they end on the next."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to another, both local without a zone; ``until`` None: to this day."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """One end, the first where ``since``: a minute of a day, or of that day which the rest is about."""

    since: bool
    minute: int
    day: date | None = None


Atom = Days | Hours | Span | Bound
Atoms = Sequence[Atom]


@dataclass(frozen=True, slots=True)
class Here:
    """What time it is where somebody asks; ``now`` is local and has no zone."""

    now: datetime
    zone: ZoneInfo

    @classmethod
    def at(cls, now: datetime, zone: ZoneInfo) -> Here:
        return cls(now.astimezone(zone).replace(tzinfo=None, microsecond=0), zone)

    @property
    def today(self) -> date:
        return self.now.date()

    def utc(self, moment: datetime) -> datetime:
        return moment.replace(tzinfo=self.zone).astimezone(UTC)


# -- from words to atoms ----------------------------------------------------------------------------------------------


def read(words: Sequence[str], here: Here) -> tuple[Atoms, int] | None:
    """What the first words say of time, and how many they are; None where they say nothing of it."""
    plain = [_word(word) for word in words[:LONGEST]]
    text = " ".join(plain)
    for rule, makes in RULES:
        if (found := rule.match(text)) and (count := _whole(found.end(), plain)):
            try:
                atoms = makes(found, here)
            except (ValueError, OverflowError):  # the 31st of February, the year 0, an hour 25
                continue
            if atoms:
                return atoms, count
    return None


def _word(word: str) -> str:
    """A word in lower case and English. Few capitals are the beginning of a plate: ``SUN 123``."""
    if word.isalpha() and word.isupper() and len(word) <= 3 and word not in {"AM", "PM"}:
        return "\0"
    low = word.lower().rstrip(",;")
    return GERMAN.get(low, low)


def _whole(end: int, words: Sequence[str]) -> int:
    """How many whole words a match of ``end`` characters took; 0 where it ended inside of one."""
    at = 0
    for count, word in enumerate(words, 1):
        at += len(word)
        if at == end:
            return count
        at += 1
    return 0


def _day(text: str, here: Here) -> date:
    """The day that a text names; one without a year, or a weekday, is the last that was. Raises ValueError."""
    found = _named_day(text, here)
    if found.year not in YEARS:
        raise ValueError("no cameras then")
    return found


def _named_day(text: str, here: Here) -> date:
    today = here.today
    if text in NEAR:
        return today - timedelta(days=NEAR.index(text))
    if iso := re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(iso[0])
    if dotted := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.?(\d{4}|\d\d)?", text):
        return _dated(int(dotted[1]), int(dotted[2]), dotted[3], today)
    if named := re.fullmatch(rf"(\d{{1,2}})\.? ({_MONTH})(?: (\d{{4}}))?", text):
        return _dated(int(named[1]), _month(named[2]), named[3], today)
    if named := re.fullmatch(rf"({_MONTH}) (\d{{1,2}})(?:,? (\d{{4}}))?", text):
        return _dated(int(named[2]), _month(named[1]), named[3], today)
    last, _, name = text.rpartition(" ")
    number = next(at for at, one in enumerate(WEEKDAYS) if one.startswith(name[:3]))
    back = (today.weekday() - number) % 7
    return today - timedelta(days=back or (7 if last == "last" else 0))


def _dated(day: int, month: int, year: str | None, today: date) -> date:
    if year is not None:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    for back in range(9):  # the 29th of February may be eight years away
        try:
            found = date(today.year - back, month, day)
        except ValueError:
            continue
        if found <= today:
            return found
    raise ValueError(f"there is no {day}.{month}.")


def _month(text: str) -> int:
    return MONTHS.index(text[:3]) + 1


def _minute(text: str, like: str = "") -> int:
    """The minute of the day. ``like``: the other end of the same range, whose am or pm it shares. Raises ValueError."""
    if text in ("noon", "midnight"):
        return 0 if text == "midnight" else DAY // 2
    found = re.match(r"(\d{1,2})(?::(\d\d))?", text)
    half = re.search(r"[ap]m", text) or re.search(r"[ap]m", like)
    hour, minute = int(found[1]) if found else 99, int((found and found[2]) or 0)
    if half and not 1 <= hour <= 12:
        raise ValueError("no such hour")
    if half:
        hour = hour % 12 + (12 if half[0] == "pm" else 0)
    if hour * 60 + minute > DAY:
        raise ValueError("no such hour")
    return hour * 60 + minute


def _between(first: str, second: str) -> Hours:
    start, end = _minute(first, second), _minute(second)
    if start == end:
        raise ValueError("no time at all")
    return Hours(start, end if end > start else end + DAY)


def _around(text: str) -> Hours:
    """A full hour is that hour; another minute is a few minutes around it."""
    minute = _minute(text)
    return Hours(minute, minute + 60) if minute % 60 == 0 else Hours(minute - 5, minute + 5)


def moment(day: date, minute: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def _ago(count: str, unit: str, here: Here) -> datetime:
    if unit in ("month", "year"):
        months = int(count) * (12 if unit == "year" else 1)
        year, month = divmod(here.now.year * 12 + here.now.month - 1 - months, 12)
        if year not in YEARS:
            raise ValueError("no cameras then")
        return here.now.replace(year=year, month=month + 1, day=min(here.now.day, 28))
    minutes = int(count) * _MINUTES[unit]
    if minutes > _ABSURD:
        raise ValueError("before there were cameras")
    return here.now - timedelta(minutes=minutes)


def _sliding(found: re.Match[str], here: Here) -> Atoms:
    return [Span(_ago((found[1] or "1").strip(), found[2], here))]


def _this_or_last(found: re.Match[str], here: Here) -> Atoms:
    """Whole days from a Monday, a first, or a Saturday."""
    today, back = here.today, found[1] == "last"
    if found[2] == "week":
        monday = today - timedelta(days=today.weekday() + 7 * back)
        return [Days(monday, monday + timedelta(days=6))]
    if found[2] == "month":
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        return [_month_of(year, month + 1)]
    return [Days(date(today.year - back, 1, 1), date(today.year - back, 12, 31))]


def _weekend(_found: re.Match[str], here: Here) -> Atoms:
    saturday = here.today - timedelta(days=(here.today.weekday() - 5) % 7)
    return [Days(saturday, saturday + timedelta(days=1))]


def _named_month(found: re.Match[str], here: Here) -> Atoms:
    number = _month(found[1])
    return [_month_of(int(found[2]) if found[2] else here.today.year - (number > here.today.month), number)]


def _month_of(year: int, month: int) -> Days:
    if year not in YEARS:
        raise ValueError("no cameras then")
    first = date(year, month, 1)
    return Days(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))


def _last_night(_found: re.Match[str], here: Here) -> Atoms:
    evening = here.today - timedelta(days=1)
    return [Days(evening, evening), Hours(*PARTS["night"])]


def _part(found: re.Match[str], here: Here) -> Atoms:
    name = "night" if found[0] == "tonight" else found[0].rpartition(" ")[2]
    this = found[0].startswith("t")
    return [*([Days(here.today, here.today)] if this else []), Hours(*PARTS[name])]


def _bound(found: re.Match[str], here: Here) -> Atoms:
    word, day, clock = found[1], found["day"] or found["later"], found["clock"] or found["early"]
    since = word in SINCE
    minute = _minute(clock) if clock else 0
    if day is None:
        return [Bound(since, minute)]
    when = _day(day, here)
    # after Monday is from Tuesday on; until Monday is to its end
    if not clock and word in ("after", "until", "till"):
        when += timedelta(days=1)
    return [Bound(since, minute, when)]


def _ago_bound(found: re.Match[str], here: Here) -> Atoms:
    since = found[1] is None or found[1].strip() in SINCE
    moment = _ago(found[2], found[3], here)
    return [Bound(since, moment.hour * 60 + moment.minute, moment.date())]


def _moments(found: re.Match[str], here: Here) -> Atoms:
    first = moment(_day(found[1], here), _minute(found[2]))
    return [Span(first, moment(_day(found[3], here), _minute(found[4])))]


def _days(found: re.Match[str], here: Here) -> Atoms:
    """A range: a weekday is the one before that which ends it."""
    start, end = _day(found[1], here), _day(found[2], here)
    if start > end and found[1].removeprefix("on ")[:3] in {name[:3] for name in WEEKDAYS}:
        start -= timedelta(days=7)
    if start > end:
        raise ValueError("ends before it begins")
    return [Days(start, end)]


def _one_day(found: re.Match[str], here: Here) -> Atoms:
    day = _day(found[1], here)
    return [Days(day, day)]


def _day_at(found: re.Match[str], here: Here) -> Atoms:
    return [*_one_day(found, here), _around(found[2])]


def _hours(found: re.Match[str], _here: Here) -> Atoms:
    return [_between(found[1], found[2])]


def _at(found: re.Match[str], _here: Here) -> Atoms:
    return [_around(found[1] or found[2])]


Makes = Callable[[re.Match[str], Here], Atoms]
RULES: tuple[tuple[re.Pattern[str], Makes], ...] = tuple(
    (re.compile(rf"(?:{pattern})(?= |\Z)", re.ASCII), makes)
    for pattern, makes in (
        (rf"({_DAY}) ({_CLOCK}){_TO}({_DAY}) ({_CLOCK})", _moments),
        (rf"(?:from |between )?({_DAY}){_TO}({_DAY})", _days),
        (r"last night", _last_night),
        (rf"(since |after |from |before |until |till )?(\d{{1,4}}) ?{_UNIT} ago", _ago_bound),
        (r"(this|last) (week|month|year)", _this_or_last),
        (r"(?:this |last )?weekend", _weekend),
        (rf"(?:the )?(?:last|past) (\d{{1,4}} ?)?{_UNIT}", _sliding),
        (rf"({_DAY}) (?:at )?(\d{{1,2}})(?: uhr| o'clock)?", _day_at),
        (rf"({_DAY})", _one_day),
        (rf"(?:in )?({_MONTH})(?: (\d{{4}}))?", _named_month),
        (r"tonight|(?:this )?(?:morning|afternoon|evening|night)", _part),
        (rf"(?:from|between) ({_CLOCK}){_TO}({_CLOCK})", _hours),
        (
            rf"(since|after|from|before|until|till) "
            rf"(?:(?P<day>{_DAY})(?: (?P<clock>{_CLOCK}))?|(?P<early>{_CLOCK})(?: (?P<later>{_DAY}))?)",
            _bound,
        ),
        (rf"({_CLOCK}){_TO}({_CLOCK})", _hours),
        (rf"(?:at|around|about) ({_CLOCK})|({_PLAIN})", _at),
    )
)
