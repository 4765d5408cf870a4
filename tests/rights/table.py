"""Who may do what: signed by hand, read by the tests of this folder alone, and made from no code.

A role is a letter. Whoever changes config/roles.py or adds a page, an address, a verb or a field changes the
line here as well; what stands in neither table is open to nobody. Where a line is missing, the test says so.
"""

ROLES = {
    "r": "reader",
    "o": "officer",
    "p": "protocol",
    "h": "head",
    "e": "portal editor",
    "d": "privacy",
    "a": "administrator",
}
STAFF = "ropheda"
NOBODY = ""

# --- models: who sees rows; adds; changes; deletes; sees former versions ---
#
# The plain rule, for the pages of a model and for its addresses in the API alike:
#   lists, rows, files and sums are for those who see; a form for something new and POST for those who add; a
#   form sent, PUT, PATCH and a file put or removed for those who change; DELETE for those who delete; the
#   list of former versions and each of them for those who see these, and where none are kept, the log of
#   changes for those who see the row; a list as a file for those who see it and may export.

MODELS = {
    "contacts.city": "ropheda oph oph oph ophd",
    "contacts.citydate": "ropheda oph oph oph ophd",
    "contacts.organisation": "ropheda oph oph oph ophd",
    "contacts.post": "ropheda oph oph oph ophd",
    "contacts.person": "ropheda oph ophd ophd d",  # former versions hold addresses and notes of protocol
    "contacts.tenure": "ropheda oph oph oph ophd",
    "contacts.document": "ropheda oph oph oph ophd",
    "contacts.statement": "ropheda oph oph oph ophd",
    "contacts.place": "ropheda - - - -",
    "contacts.office": "ropheda - ha - d",
    "contacts.user": "ropheda a a - d",
    "contacts.accesstoken": "a - - a -",
    "auth.group": "ropheda - - - -",
    "relations.theme": "ropheda ophe ophe oph ophd",
    "relations.partnership": "ropheda oph ophe oph ophd",
    "relations.partnershipevent": "ropheda oph oph oph ophd",
    "relations.agreement": "ropheda oph oph oph ophd",
    "relations.signature": "ropheda oph oph oph ophd",
    "relations.councildecision": "ropheda oph oph oph ophd",
    "relations.project": "ropheda oph oph oph ophd",
    "relations.projectpartner": "ropheda oph oph oph ophd",
    "relations.projectplace": "ropheda oph oph oph ophd",
    "relations.funding": "ropheda oph oph oph ophd",
    "relations.occasion": "ropheda oph oph oph ophd",
    "relations.interaction": "ropheda oph oph oph ophd",
    "delegations.delegation": "ropheda oph oph oph ophd",
    "delegations.delegationpartner": "ropheda oph oph oph ophd",
    "delegations.stop": "ropheda oph oph oph ophd",
    "delegations.participant": "ropheda oph ophd ophd d",  # diets and needs
    "delegations.programmeitem": "ropheda oph oph oph d",  # talking points
    "delegations.outcome": "ropheda oph oph oph ophd",
    "delegations.followup": "ropheda oph oph oph ophd",
    "delegations.jubileestep": "ropheda oph oph oph ophd",
    "delegations.gift": "ropheda oph oph ph ophd",
    "delegations.cost": "ophd oph oph oph ophd",
    "delegations.goldenbookentry": "ropheda ph ph ph phd",
    "delegations.goldenbooksigner": "ropheda ph ph ph phd",
    "reminders.rule": "ropheda ha ha ha hda",
    "reminders.stage": "ropheda ha ha ha hda",
    "reminders.reminder": "ropheda - - - -",
    "reminders.clock": "ropheda - - - -",
    "reminders.mail": "ophda - - - -",
    "reminders.attempt": "ophda - - - -",
    "portal.endpoint": "a a a a -",
    "portal.delivery": "a - - - -",
    "portal.deliveryattempt": "a - - - -",
}

# Rights beside these five.
EXPORT = "ophd"
PUBLISH = "he"
RIGHTS = {
    "contacts.export_lists": EXPORT,
    "contacts.view_address": "phd",
    "contacts.view_protocol_notes": "phd",
    "delegations.view_needs": "ophd",
    "delegations.view_talking_points": "ophd",
    "reminders.resend_mail": "ha",
    "portal.resend_delivery": "a",
    "contacts.publish_document": PUBLISH,
    "relations.publish_partnership": PUBLISH,
    "relations.publish_agreement": PUBLISH,
    "relations.publish_project": PUBLISH,
    "delegations.publish_delegation": PUBLISH,
    "delegations.publish_programmeitem": PUBLISH,
}

# Fields that not all who see the row see; who sees one writes it where they may change the row.
RESTRICTED = {
    "contacts.person": {"address": "phd", "protocol_notes": "phd"},
    "delegations.participant": {"diet": "ophd", "access_needs": "ophd"},
    "delegations.programmeitem": {"talking_points": "ophd"},
    # Of an account nobody but a superuser sees these; see tests/rights/test_rows.py.
    "contacts.user": {"is_superuser": NOBODY, "user_permissions": NOBODY},
}

# The fields of a resource are id, name, clockwork and those of the dictionary (tests/test_dictionary.py), for
# all who see it; but for is_published, which published_at and withdrawn_at say. Beside these:
BESIDE = {
    "people": "photo_name",
    "documents": "file_name",
    "partnerships": "last_contact_on is_quiet",
    "occasions": "plan",
}
# Of models that the dictionary does not name, all of them.
FIELDS = {
    "users": "id name",
    "places": "id name names country latitude longitude population timezone geonames_id",
    "rules": "id name created_at changed_at version subject milestone title is_active stages",
    "reminders": """
        id name created_at changed_at stage partnership agreement follow_up delegation city city_date office
        occurrence occurs_on addressee named state due_on key mail mailed_on""",
    "mails": """
        id name created_at changed_at recipient address day number is_urgent language subject text html
        message_id state tries not_before next_try_at sent_at error attempts""",
}
# Written by verbs, by files put and by the program itself, and refused in a body.
OF_PUBLISHED = "published_at published_by withdrawn_at"
ONLY_READ = {
    "people": "photo photo_name",
    "documents": f"file file_name {OF_PUBLISHED}",
    "partnerships": f"status ended_on last_contact_on is_quiet {OF_PUBLISHED}",
    "agreements": OF_PUBLISHED,
    "projects": OF_PUBLISHED,
    "occasions": "plan",
    "delegations": OF_PUBLISHED,
    "programme-items": f"is_first_meeting {OF_PUBLISHED}",
    "follow-ups": "step offset planned_on",
    "jubilee-steps": "key",
}

# --- verbs: by model, as buttons of its page and, where they are not only for people, in the API ---

VERBS = {
    "contacts.document": {"publish withdraw": PUBLISH},
    "contacts.user": {"revoke_calendar": "a"},
    "contacts.person": {"inform": "ophd"},
    "contacts.tenure": {"end": "oph"},
    "relations.partnership": {
        "suspend resume step_up merge end": "ophe",
        "plan_jubilee": "oph",  # adds an occasion and follow-ups
        "publish withdraw": PUBLISH,
    },
    "relations.agreement": {"sign terminate": "oph", "publish withdraw": PUBLISH},
    "relations.project": {"publish withdraw": PUBLISH},
    "relations.occasion": {"plan_jubilee move postpone celebrate take_up skip": "oph"},
    "delegations.delegation": {"complete postpone cancel": "oph", "publish withdraw": PUBLISH},
    "delegations.programmeitem": {"took_place cancel": "oph", "publish withdraw": PUBLISH},
    "delegations.followup": {"complete postpone drop remind-them reopen": "oph"},
    "delegations.jubileestep": {"reset": "oph"},
    "portal.endpoint": {"renew-secret switch-off switch-on": "a"},
    "portal.delivery": {"tell-again": "a"},
}
ONLY_BUTTONS = {
    *("contacts.person inform", "contacts.tenure end", "contacts.user revoke_calendar"),
    "delegations.followup remind-them",
}

# --- the staff API: the model that a resource has the rights of; what is only read says so ---

RESOURCES = {
    "users": "contacts.user read",
    "cities": "contacts.city",
    "city-dates": "contacts.citydate",
    "places": "contacts.place read",
    "organisations": "contacts.organisation",
    "posts": "contacts.post",
    "people": "contacts.person",
    "tenures": "contacts.tenure",
    "documents": "contacts.document",
    "statements": "contacts.statement",
    "themes": "relations.theme",
    "partnerships": "relations.partnership",
    "partnership-events": "relations.partnershipevent",
    "agreements": "relations.agreement",
    "signatures": "relations.signature",
    "decisions": "relations.councildecision",
    "projects": "relations.project",
    "occasions": "relations.occasion",
    "interactions": "relations.interaction",
    "delegations": "delegations.delegation",
    "stops": "delegations.stop",
    "participants": "delegations.participant",
    "programme-items": "delegations.programmeitem",
    "outcomes": "delegations.outcome",
    "follow-ups": "delegations.followup",
    "jubilee-steps": "delegations.jubileestep",
    "gifts": "delegations.gift",
    "golden-book": "delegations.goldenbookentry",
    "costs": "delegations.cost",
    "rules": "reminders.rule",
    "reminders": "reminders.reminder read",
    "mails": "reminders.mail read",
}

# --- every other address: its methods, each with who of the staff may, and "+" where everybody may ---
#
# A method that is not named is not there: it is answered by 405. Asked of pages are GET and POST, of the API
# PUT, PATCH and DELETE as well.

EVERYBODY = STAFF + "+"
ADDRESSES = {
    # Answers of the API that look across rooms.
    "anniversaries-list": {"GET": STAFF},
    "forecast-list": {"GET": STAFF},
    "search-list": {"GET": STAFF},
    "costs-totals": {"GET": "ophd"},
    "rules-preview": {"GET": STAFF},
    "people-photo": {"GET": STAFF, "PUT": "ophd", "DELETE": "ophd"},
    "documents-file": {"GET": STAFF, "PUT": "oph", "DELETE": "oph"},
    # The desk. What each page shows hangs on the rights of who looks; promises are changed by some.
    "desk:home": {"GET": STAFF},
    "desk:search": {"GET": STAFF},
    "desk:hits": {"GET": STAFF},
    "desk:office": {"GET": "ha", "POST": "ha"},
    "desk:account": {"GET": STAFF, "POST": STAFF},
    "desk:access": {"GET": STAFF, "POST": STAFF},
    "desk:contact_note": {"GET": "oph", "POST": "oph"},
    "desk:forecast": {"GET": STAFF},
    "desk:forecast_file": {"GET": EXPORT},
    "desk:subscription": {"GET": STAFF, "POST": STAFF},
    "desk:viewpoint": {"POST": STAFF},
    "desk:complete": {"POST": "oph"},
    "desk:reopen": {"POST": "oph"},
    "desk:postpone": {"POST": "oph"},
    "done": {"GET": "oph", "POST": "oph"},
    # Files ask for the right to the row; of former ones, to its former versions.
    "file": {"GET": STAFF},
    "former-file": {"GET": "ophd"},
    # Single pages of models.
    "admin:contacts_city_gazetteer": {"GET": "oph", "POST": "oph"},
    "admin:contacts_city_places": {"GET": "oph", "POST": "oph"},
    "admin:reminders_mail_html": {"GET": "ophda", "POST": "ophda"},
    "admin:reminders_rule_preview": {"GET": STAFF, "POST": STAFF},
    "admin:reminders_rule_shipped": {"GET": "ha", "POST": "ha"},
    "admin:auth_user_password_change": {"GET": "a", "POST": "a"},
    # Stages are kept on the page of their rule.
    "admin:reminders_stage_add": {"GET": NOBODY, "POST": NOBODY},
    "admin:reminders_stage_change": {"GET": STAFF, "POST": NOBODY},
    "admin:reminders_stage_delete": {"GET": NOBODY, "POST": NOBODY},
    # What the public would see of a row.
    "preview": {"GET": PUBLISH},
    # The frame of the pages.
    "admin:index": {"GET": STAFF},
    "admin:app_list": {"GET": STAFF, "POST": STAFF},
    "admin:autocomplete": {"GET": STAFF},
    "admin:jsi18n": {"GET": STAFF},
    "admin:view_on_site": {"GET": STAFF, "POST": STAFF},
    "admin:password_change": {"GET": STAFF, "POST": STAFF},
    "admin:password_change_done": {"GET": STAFF},
    "admin:logout": {"POST": EVERYBODY},
    # The way in.
    "root": {"GET": EVERYBODY, "POST": EVERYBODY},
    "admin:login": {"GET": EVERYBODY, "POST": EVERYBODY},
    "admin_password_reset": {"GET": EVERYBODY, "POST": EVERYBODY},
    "password_reset_done": {"GET": EVERYBODY},
    "password_reset_confirm": {"GET": EVERYBODY, "POST": EVERYBODY},
    "password_reset_complete": {"GET": EVERYBODY},
    "api-login": {"POST": NOBODY},  # by name and password alone: see tests/api/test_tokens.py
    "api-logout": {"POST": NOBODY},  # by a token alone
    # What is public, and what programs are told without signing in.
    "api-schema": {"GET": EVERYBODY},
    "api-docs": {"GET": EVERYBODY},
    "calendar-feed": {"GET": EVERYBODY},  # for whoever has the key: see tests/desk/test_feeds.py
    "health": {"GET": EVERYBODY},
    "set_language": {"GET": EVERYBODY, "POST": EVERYBODY},
}
# Public addresses are read by everybody and written by nobody; their names begin so.
PUBLIC = ("public-", "embed")
# Addresses without a name: from a row to its page, and what there is not.
UNNAMED = {
    "<path:object_id>/": {"GET": STAFF, "POST": STAFF},
    "admin/(?P<url>.*)$": {"GET": STAFF, "POST": STAFF},
    "api/v1/": {
        "GET": EVERYBODY,
        "POST": EVERYBODY,
        "PUT": EVERYBODY,
        "PATCH": EVERYBODY,
        "DELETE": EVERYBODY,
    },
    "api/public/v1/": {
        "GET": EVERYBODY,
        "POST": EVERYBODY,
        "PUT": EVERYBODY,
        "PATCH": EVERYBODY,
        "DELETE": EVERYBODY,
    },
}
