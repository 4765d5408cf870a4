"""Rows from YAML files: named by natural keys, checked by the models themselves, all of them loaded or none.

The shape of the files is told in fixtures/cases/README.md.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist, ObjectDoesNotExist, ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from contacts.models import City, CityDate, Document, Organisation, Person, Post, Statement, Tenure
from contacts.records import Record
from delegations.models import (
    Cost,
    Delegation,
    DelegationPartner,
    FollowUp,
    Gift,
    GoldenBookEntry,
    GoldenBookSigner,
    Outcome,
    Participant,
    ProgrammeItem,
    Stop,
)
from relations.models import (
    Agreement,
    CouncilDecision,
    Funding,
    Interaction,
    Occasion,
    Partnership,
    PartnershipEvent,
    Project,
    ProjectPartner,
    ProjectPlace,
    Signature,
    Theme,
)


@dataclass(frozen=True)
class Section:
    """A model, and the fields that tell its rows apart.

    A row is looked for by the first of these whose first field it fills, then by the next ones among rows
    that leave that field empty: a city that gets its Wikidata id later is still the same city. A row that
    fills none of them is looked for by the last.
    """

    model: type[Record]
    keys: tuple[tuple[str, ...], ...]
    within: str = ""
    """Where a name counts: "stop: 2" is the second stop of the delegation that the row itself belongs to."""


SECTIONS = {
    "cities": Section(
        City, (("wikidata_id",), ("name_de", "country"), ("name_en", "country"), ("name_local", "country"))
    ),
    "city_dates": Section(CityDate, (("city", "kind", "on"),)),
    "organisations": Section(Organisation, (("title", "city"),)),
    "posts": Section(
        Post,
        (
            ("title_de", "organisation"),
            ("title_en", "organisation"),
            ("title_local", "organisation"),
            ("organisation", "is_head_of_city"),
        ),
    ),
    "people": Section(Person, (("family_name", "given_names"),)),
    "tenures": Section(Tenure, (("person", "post", "since"),)),
    "documents": Section(Document, (("title", "publisher"), ("description", "publisher"))),
    "statements": Section(Statement, (("text", "document"),)),
    "themes": Section(Theme, (("slug",),)),
    "partnerships": Section(Partnership, (("home", "partner", "kind"),)),
    "partnership_events": Section(PartnershipEvent, (("partnership", "kind", "on"),)),
    "occasions": Section(Occasion, (("partnership", "years"),), within="partnership"),
    "decisions": Section(CouncilDecision, (("body", "on"),)),
    "agreements": Section(Agreement, (("title",),)),
    "signatures": Section(Signature, (("agreement", "person"),)),
    "projects": Section(Project, (("title",),)),
    "project_partners": Section(ProjectPartner, (("project", "organisation", "role"),)),
    "project_places": Section(ProjectPlace, (("project", "city", "venue"),)),
    "funding": Section(Funding, (("project", "programme"),)),
    "interactions": Section(Interaction, (("on", "kind", "summary"),)),
    "delegations": Section(Delegation, (("title",),)),
    "delegation_partners": Section(DelegationPartner, (("delegation", "organisation", "role"),)),
    "stops": Section(Stop, (("delegation", "order"),), within="delegation"),
    "participants": Section(
        Participant,
        (("person", "delegation"), ("group", "delegation"), ("organisation", "delegation")),
        within="delegation",
    ),
    "programme_items": Section(ProgrammeItem, (("delegation", "title"),), within="delegation"),
    "outcomes": Section(Outcome, (("delegation", "text"),), within="delegation"),
    "follow_ups": Section(FollowUp, (("title",),)),
    "gifts": Section(Gift, (("what", "delegation"),)),
    "costs": Section(Cost, (("delegation", "kind", "borne_by"),)),
    "golden_book": Section(GoldenBookEntry, (("city", "delegation", "on"),)),
    "golden_book_signers": Section(GoldenBookSigner, (("entry", "person"),)),
}
OF_MODEL: dict[Any, Section] = {section.model: section for section in SECTIONS.values()}


class NotLoaded(Exception):
    """What is wrong, one sentence a line of the files; nothing was loaded."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class Missing(Exception):
    """A reference that nothing answers to, not yet or not at all."""

    def __init__(self, field_name: str, model: type[models.Model], reference: Any) -> None:
        self.field_name, self.model, self.reference = field_name, model, reference


@dataclass
class Counts:
    made: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(eq=False)
class Row:
    """A mapping of a file on its way into the database."""

    section: Section
    where: str
    values: dict[str, Any] = field(default_factory=dict)
    references: dict[str, Any] = field(default_factory=dict)
    links: dict[str, list[Any]] = field(default_factory=dict)
    instance: Any = None
    is_new: bool = False
    is_changed: bool = False

    def load(self) -> None:
        """Make or change the row in the database, if it is not there already as the file has it."""
        given = {name: self._clean(name, value) for name, value in self.values.items()}
        given |= {name: self._resolve(name, reference) for name, reference in self.references.items()}
        instance = self._find(given) or self.section.model()
        before = {name: self._value(instance, name) for name in given}
        for name, value in given.items():
            setattr(instance, name, value)
        instance.full_clean()
        self.is_new = instance._state.adding
        self.is_changed = any(self._value(instance, name) != before[name] for name in given)
        if self.is_new or self.is_changed:
            instance.save()
        self.instance = instance

    def link(self) -> None:
        """Set the many-to-many relations, once every row is there, by the rules that forms and API obey."""
        chosen = {
            name: [self._resolve(name, reference) for reference in references]
            for name, references in self.links.items()
        }
        self.instance.clean_many(chosen)
        for name, wanted in chosen.items():
            relation = getattr(self.instance, name)
            if set(relation.all()) != set(wanted):
                relation.set(wanted)
                self._mark_changed()

    def _mark_changed(self) -> None:
        if not self.is_new and not self.is_changed:
            self.instance.save()  # a new version, as for any other change
            self.is_changed = True

    def _find(self, given: dict[str, Any]) -> Any:
        model = self.section.model
        tried: dict[str, Any] = {}
        for key in self.section.keys:
            parts = {name: given.get(name, _field(model, name).get_default()) for name in key}
            if not parts[key[0]] and (tried or key != self.section.keys[-1]):
                continue
            if found := model._default_manager.filter(**parts, **tried).first():
                return found
            tried[key[0]] = _field(model, key[0]).get_default()
        return None

    def _clean(self, name: str, value: Any) -> Any:
        try:
            return _field(self.section.model, name).to_python(value)
        except ValidationError as error:
            raise ValidationError({name: error}) from error

    def _value(self, instance: Any, name: str) -> Any:
        return _field(self.section.model, name).value_from_object(instance)

    def _resolve(self, name: str, reference: Any) -> Any:
        model: Any = _field(self.section.model, name).related_model
        if reference is None:
            return None
        if isinstance(reference, Row):
            if reference.instance is None:
                raise Missing(name, model, reference)
            return reference.instance
        try:
            return self._look_up(model, reference if isinstance(reference, list) else [reference])
        except ObjectDoesNotExist:
            raise Missing(name, model, reference) from None
        except (TypeError, ValueError, ValidationError, AttributeError) as reason:
            sentence = _("“%(name)s” cannot be looked up.") % {"name": _shown(reference)}
            raise ValidationError({name: sentence}) from reason
        except model.MultipleObjectsReturned:
            sentence = _("“%(name)s” is the name of several.") % {"name": _shown(reference)}
            raise ValidationError({name: sentence}) from None

    def _look_up(self, model: Any, names: list[Any]) -> Any:
        if within := OF_MODEL[model].within:
            holder = self.references.get(within)
            names = [*self._resolve(within, holder).natural_key(), *names]
        by_natural_key = model._default_manager.get_by_natural_key
        inspect.signature(by_natural_key).bind(*names)
        return by_natural_key(*names)


class Files:
    """Everything that some files say."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.wrong: list[str] = []
        # Rows are told apart by the identity of their mapping, so the mappings must stay alive.
        self._contents: list[Any] = []
        self._by_mapping: dict[int, Row] = {}

    def read(self, path: Path) -> None:
        try:
            content = yaml.load(path.read_text(encoding="utf-8"), Loader=Lines)
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            self.wrong.append(f"{path.name}:{line}: " + _("This file is not written in UTF-8."))
            return
        except yaml.reader.ReaderError as error:
            message = _("There is a character that no text has (%(code)s).")
            self.wrong.append(f"{path.name}: " + message % {"code": f"U+{error.character:04X}"})
            return
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 0
            self.wrong.append(f"{path.name}:{line}: {error.problem}")
            return
        if not isinstance(content, dict):
            self.wrong.append(f"{path.name}: " + _("This file has no sections."))
            return
        self._contents.append(content)
        for name, mappings in _items(content):
            if name not in SECTIONS:
                self.wrong.append(f"{path.name}: {name}: " + _("There is no such section."))
            else:
                for mapping in self._mappings(mappings, f"{path.name}: {name}"):
                    self._row(SECTIONS[name], mapping, file=path.name, name=name)

    def load(self) -> Counts:
        with transaction.atomic():
            self._load_rows()
            for row in self.rows:
                if row.instance is not None:
                    self._try(row, row.link)
            if self.wrong:
                raise NotLoaded(self.wrong)
        made = sum(row.is_new for row in self.rows)
        changed = sum(row.is_changed and not row.is_new for row in self.rows)
        return Counts(made=made, changed=changed, unchanged=len(self.rows) - made - changed)

    def _load_rows(self) -> None:
        """A row waits until what it refers to is there, so the order of rows and files does not matter."""
        waiting, missing = self.rows, {}
        while waiting:
            missing = {row: reason for row in waiting if (reason := self._try(row, row.load, wait=True))}
            if len(missing) == len(waiting):
                break
            waiting = list(missing)
        for row, reason in missing.items():
            self._say_missing(row, reason)
        self._refuse_doubles()

    def _try(self, row: Row, step: Any, *, wait: bool = False) -> Missing | None:
        try:
            with transaction.atomic():
                step()
        except Missing as reason:
            if wait:
                return reason
            self._say_missing(row, reason)
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                at = "" if name == NON_FIELD_ERRORS else f"{name}: "
                self.wrong += [f"{row.where}: {at}{sentence}" for sentence in sentences]
        return None

    def _say_missing(self, row: Row, reason: Missing) -> None:
        if isinstance(reason.reference, Row) or self._is_wrong_itself(reason):
            return  # what it refers to is on the list already
        sentence = _("There is no %(model)s “%(name)s”.") % {
            "model": reason.model._meta.verbose_name,
            "name": _shown(reason.reference),
        }
        self.wrong.append(f"{row.where}: {reason.field_name}: {sentence}")

    def _is_wrong_itself(self, reason: Missing) -> bool:
        names = reason.reference if isinstance(reason.reference, list) else [reason.reference]
        return any(
            row.section.model is reason.model and row.instance is None and names[0] in row.values.values()
            for row in self.rows
        )

    def _refuse_doubles(self) -> None:
        """Two rows about one thing would overwrite each other on every load."""
        first: dict[tuple[type, Any], Row] = {}
        for row in self.rows:
            if row.instance is None:
                continue
            other = first.setdefault((row.section.model, row.instance.pk), row)
            if other is not row:
                sentence = _("This is the same row as %(other)s. Keep one of them.") % {"other": other.where}
                self.wrong.append(f"{row.where}: {sentence}")

    def _row(self, section: Section, mapping: dict[str, Any], *, file: str, name: str) -> Row:
        """The row of a mapping; the same mapping met again, by an alias, is the same row."""
        if id(mapping) in self._by_mapping:
            return self._by_mapping[id(mapping)]
        row = Row(section, f"{file}:{mapping[LINE]}: {name} {_label(section, mapping)}".rstrip())
        self._by_mapping[id(mapping)] = row
        self.rows.append(row)
        for key, value in _items(mapping):
            self._take(row, key, value, file=file)
        return row

    def _take(self, row: Row, key: str, value: Any, *, file: str) -> None:
        found = _settable(row.section.model, key)
        match found:
            case None:
                self.wrong.append(f"{row.where}: {key}: " + _("There is no such field."))
            case models.ManyToOneRel():
                for mapping in self._mappings(value, f"{row.where}: {key}"):
                    part = self._row(OF_MODEL[found.related_model], mapping, file=file, name=key)
                    part.references[found.field.name] = row
            case models.ManyToManyField():
                if isinstance(value, list):
                    row.links[key] = [self._reference(found, one, file=file) for one in value]
                else:
                    self.wrong.append(f"{row.where}: {key}: " + _("This must be a list."))
            case models.ForeignKey():
                row.references[key] = self._reference(found, value, file=file)
            case models.JSONField():
                row.values[key] = dict(_items(value)) if isinstance(value, dict) else value
            case _ if isinstance(value, list | dict):
                self.wrong.append(f"{row.where}: {key}: " + _("This must be one value."))
            case _:
                row.values[key] = str(value) if _is_number_for_text(found, value) else value

    def _reference(self, relation: Any, value: Any, *, file: str) -> Any:
        """A mapping in the place of a name is a row of its own."""
        if isinstance(value, dict):
            return self._row(OF_MODEL[relation.related_model], value, file=file, name=relation.name)
        return value

    def _mappings(self, value: Any, where: str) -> Iterator[dict[str, Any]]:
        if not isinstance(value, list):
            self.wrong.append(f"{where}: " + _("This must be a list."))
            return
        for mapping in value:
            if isinstance(mapping, dict):
                yield mapping
            else:
                self.wrong.append(f"{where}: " + _("“%s” has no fields.") % mapping)


def load(paths: Iterable[Path]) -> Counts:
    """Load the files in one transaction, or raise NotLoaded with everything that is wrong in them."""
    files = Files()
    for path in paths:
        files.read(path)
    return files.load()


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def _settable(model: type[models.Model], name: str) -> Any:
    """What a file may fill: a field, or rows below; "signers" are rows too, as each has a post of its own."""
    try:
        found = _field(model, name)
    except FieldDoesNotExist:
        return None
    if isinstance(found, models.ManyToOneRel):
        return found if found.related_model in OF_MODEL else None
    if isinstance(found, models.ManyToManyField):
        through: Any = found.remote_field.through
        return found if through._meta.auto_created else _field(through, found.m2m_field_name()).remote_field
    if found.auto_created or not found.editable or isinstance(found, models.ManyToManyRel):
        return None
    if found.is_relation and found.related_model not in OF_MODEL:
        return None
    return found


def _is_number_for_text(found: Any, value: Any) -> bool:
    """2004 is a number in YAML and a year in a partial date."""
    return isinstance(found, models.CharField) and isinstance(value, int) and not isinstance(value, bool)


def _label(section: Section, mapping: dict[str, Any]) -> str:
    """What tells the row apart, as far as it is given."""
    key = next((key for key in section.keys if mapping.get(key[0])), section.keys[0])
    named = [mapping[name] for name in key if mapping.get(name) and not isinstance(mapping[name], dict)]
    return f"“{_shown(named)}”" if named else ""


def _shown(reference: Any) -> str:
    parts = reference if isinstance(reference, list) else [reference]
    return ", ".join(_shown(part) if isinstance(part, list) else str(part) for part in parts)


# --- YAML, with line numbers and without its traps ---

LINE = "__line__"


def _items(mapping: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in mapping.items() if key != LINE]


class Lines(yaml.SafeLoader):
    """Every mapping knows its line; dates, times and "no" stay texts; a key given twice is an error."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _value in node.value]
        for key, _value in node.value:
            if keys.count(key.value) > 1:
                problem = _("“%s” is given twice.") % key.value
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
        return {**super().construct_mapping(node, deep=True), LINE: node.start_mark.line + 1}


Lines.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
Lines.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(null|~|)$"), ["n", "~", ""])
Lines.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^-?(0|[1-9][0-9]*)$"), list("-0123456789"))
