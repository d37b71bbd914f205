"""Files and directories that are replaced whole or not at all, whenever the process is killed.

What is new is written aside under a name that nobody else has, synced, and renamed. What a killed
process leaves aside is told from what another one is writing at this moment by a lock, which the
system drops when a process ends. A directory takes its place in two renamings: so those who
replace it do it one after the other, and those who read it look whether it is still the same.
"""

from __future__ import annotations

from .directories import recover as recover
from .directories import replace_directory as replace_directory
from .directories import try_to_write as try_to_write
from .directories import unreplaced as unreplaced
from .files import replacing as replacing
