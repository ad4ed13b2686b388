"""Which endpoint answers which method and path; ids are written ``{}``."""

from collections.abc import Awaitable, Callable

from . import zendesk_more as more
from . import zendesk_reads as reads
from . import zendesk_rules as rules
from . import zendesk_setup as setup
from . import zendesk_tickets as tickets
from . import zendesk_users as users
from .wire import Answer
from .zendesk_call import Ask

Handler = Callable[[Ask], Answer | Awaitable[Answer]]

ROUTES: dict[str, Handler] = {
    "POST tickets": tickets.create,
    "GET tickets": reads.listing,
    "GET tickets/{}": reads.show,
    "PUT tickets/{}": tickets.update,
    "GET tickets/show_many": reads.show_many,
    "GET tickets/{}/comments": reads.comments,
    "PUT tickets/{}/comments/{}/make_private": reads.make_private,
    "GET tickets/{}/audits": reads.audits,
    "GET tickets/{}/tags": reads.tags,
    "POST tickets/{}/tags": tickets.tags,
    "PUT tickets/{}/tags": tickets.tags,
    "DELETE tickets/{}/tags": tickets.tags,
    "POST tickets/{}/merge": tickets.merge,
    "POST tickets/{}/satisfaction_rating": more.rate,
    "GET search": reads.search,
    "GET incremental/tickets/cursor": reads.incremental,
    "GET users/me": users.me,
    "GET users/{}": users.show,
    "PUT users/{}": users.update,
    "GET users/show_many": users.show_many,
    "GET users/search": users.search,
    "POST users/create_or_update": users.create_or_update,
    "GET users/{}/identities": users.identities,
    "GET groups": users.groups,
    "GET groups/assignable": users.groups,
    "GET groups/{}": users.group,
    "POST groups": users.create_group,
    "GET webhooks": setup.list_webhooks,
    "POST webhooks": setup.create_webhook,
    "GET webhooks/{}": setup.show_webhook,
    "PUT webhooks/{}": setup.change_webhook,
    "PATCH webhooks/{}": setup.change_webhook,
    "DELETE webhooks/{}": setup.change_webhook,
    "GET webhooks/{}/signing_secret": setup.signing_secret,
    "POST webhooks/{}/signing_secret": setup.signing_secret,
    "GET triggers": rules.list_triggers,
    "GET triggers/search": rules.list_triggers,
    "POST triggers": rules.create_trigger,
    "GET triggers/{}": rules.trigger,
    "PUT triggers/{}": rules.trigger,
    "DELETE triggers/{}": rules.trigger,
    "GET ticket_fields": rules.list_fields,
    "POST ticket_fields": rules.write_field,
    "PUT ticket_fields/{}": rules.write_field,
    "POST uploads": more.upload,
    "DELETE uploads/{}": more.delete_upload,
    "GET attachments/{}": more.attachment,
    "GET help_center/articles": more.list_articles,
    "GET help_center/en-us/articles": more.list_articles,
    "GET help_center/articles/search": more.search_articles,
    "GET help_center/incremental/articles": more.incremental_articles,
    "GET satisfaction_ratings": more.ratings,
    "GET satisfaction_ratings/{}": more.rating,
    "GET suspended_tickets": more.suspended,
    "PUT suspended_tickets/{}/recover": more.recover,
    "GET job_statuses/{}": more.job,
    "GET custom_statuses": more.custom_statuses,
}
