"""``engage init``: proposes a contract for a folder of files. Writes one file, and decides nothing."""

from collections.abc import Sequence
from pathlib import Path

from engage_assets.contracts import ContractError
from engage_assets.errors import InputError
from engage_assets.extracts.database_tables import DATABASES
from engage_assets.extracts.naming import identifier
from engage_assets.extracts.proposal_text import chosen_tables, contract_text, left_out, notes_of
from engage_assets.extracts.proposing import Proposal, TableProposal, note_successions, propose, settle_names
from engage_assets.extracts.sampling import Sample, sample_folder
from engage_assets.extracts.sources import FORMATS


def propose_contract(place: str, out: Path) -> None:
    """Writes the proposed contract of the files at `place` to `out`, and prints what needs a person's eye.

    Raises
    ------
    InputError
        When nothing can be read there, or `out` exists: what a person has edited is not overwritten.
    """
    if out.exists():
        raise InputError(f"{out} exists. Choose another --out, or remove it: an edited contract is never overwritten.")
    base = place if "://" in place else str(Path(place).expanduser().absolute())
    if "://" not in place and not Path(base).is_dir():
        raise InputError(f"{place} is not a folder. Give the one that holds the files.")
    try:
        samples = proposals(sample_folder(base))
    except ContractError as error:
        raise InputError(str(error)) from None
    try:
        out.write_text(contract_text(identifier(Path(base).name), samples), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out} cannot be written ({error.strerror}). Choose another --out.") from None
    chosen = chosen_tables(samples)
    is_history = any(proposal.kind == "history" for _, proposal in chosen)
    for sample, proposal in chosen:
        shown = "profiles" if is_history and proposal.kind == "snapshot" else proposal.kind
        print(f"{sample.files or sample.name}: {sample.rows:,} rows looked at, {len(sample.profiles)} columns, {shown}")
        for note in (*sample.notes, *notes_of(proposal, in_history=is_history)):
            print(f"  {note}")
        for role in ("key", "time", "label", "sensitive"):
            named = [each.column.source for each in proposal.columns if each.role == role]
            if named:
                print(f"  {role}: {', '.join(named)}")
        for each in proposal.columns:
            if each.warning:
                print(f"  look at {each.column.source} ({_shown(each)}): {each.warning}")
    for sample, reason in left_out(samples):
        print(f"{sample.files or sample.name} is not used: {reason}")
    if others := unread(base):
        print(f"not read: {', '.join(others)}; if customers are in there, save it as CSV or Parquet, unpacked")
    print(f"{out} is a proposal. Read it, correct it, then: engage validate {place} --contract {out}")


def proposals(samples: Sequence[Sample]) -> list[tuple[Sample, TableProposal]]:
    """Each table with what is proposed of it; a key that names the rows of one table names those of the others, too."""
    first = [propose(sample.profiles) for sample in samples]
    keys = {each.key.source for each in first if each.key is not None and each.key.is_unique}
    found = [
        (sample, propose(sample.profiles, exact_copies=sample.exact_copies, known_keys=keys)) for sample in samples
    ]
    settle_names(chosen_tables(found))
    note_successions(found)
    return found


def unread(base: str) -> list[str]:
    """Files of a local folder that are neither tables, databases, contracts nor texts."""
    if "://" in base:
        return []
    known = (*FORMATS, *DATABASES, ".yaml", ".yml", ".sql", ".md", ".gz")
    files = (each for each in Path(base).rglob("*") if each.is_file() and not each.name.startswith((".", "_")))
    return sorted(str(each.relative_to(base)) for each in files if each.suffix.lower() not in known)[:10]


def _shown(proposal: Proposal) -> str:
    return "ignored" if proposal.role == "ignore" else proposal.role
