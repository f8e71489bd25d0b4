"""Messages of the members service. Identity numbers and phones leave it masked, but for a logged unmasking (SEC-2)."""

from services.contracts.members.messages.events import *  # noqa: F403
from services.contracts.members.messages.feedback import *  # noqa: F403
from services.contracts.members.messages.notices import *  # noqa: F403
from services.contracts.members.messages.people import *  # noqa: F403
from services.contracts.members.messages.reminders import *  # noqa: F403
from services.contracts.members.messages.roster import *  # noqa: F403
from services.contracts.members.messages.sign_in import *  # noqa: F403
