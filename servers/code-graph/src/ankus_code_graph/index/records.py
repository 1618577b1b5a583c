"""What the index keeps of each file: enough to link a changed tree without reading the unchanged files."""

from struct import Struct as Packed
from zlib import crc32

import msgspec

from ankus_code_graph.extract.facts import Facts, split
from ankus_code_graph.index.names import used_names
from ankus_code_graph.index.noise import defined_noise
from ankus_code_graph.model import Edge, Vertex
from ankus_code_graph.resolve import Rows

_row = Packed("!qI")
_json = msgspec.json.Encoder()
Thing = Vertex | Edge


class Record(msgspec.Struct, array_like=True, gc=False):
    """What other files may need of a file (stored as `facts`)."""

    facts: bytes
    used: bytes
    """Hashes of its words."""
    noise: list[str]
    """The macros that it defines as attributes only, and those that it defines as something else."""
    other: list[str]
    made: list[tuple[str, int, bool]]
    """The functions that stand in it by a template or a macro: name, id, whether static."""

    def defined_noise(self) -> tuple[list[bytes], list[bytes]]:
        """What `noise.defined_noise` found in the file."""
        return [name.encode() for name in self.noise], [name.encode() for name in self.other]


class Details(msgspec.Struct, array_like=True, gc=False):
    """What is needed only where the file itself is linked anew (stored as `rows`)."""

    bodies: bytes
    digests: bytes
    unbound: int


_encoder = msgspec.msgpack.Encoder()
decode_record = msgspec.msgpack.Decoder(Record).decode
decode_details = msgspec.msgpack.Decoder(Details).decode


def encode(one: Record | Details) -> bytes:
    """A record or details as bytes."""
    return _encoder.encode(one)


def record_of(data: bytes, facts: Facts) -> tuple[Record, bytes]:
    """The record of a file that was read, and its bodies; `facts` loses them."""
    noise, other = defined_noise(data)
    used = used_names(data)
    interface, bodies = split(facts)
    names, others = (sorted(name.decode() for name in one) for one in (noise, other))
    return Record(interface, used, names, others, []), bodies


def digests(rows: Rows) -> dict[int, int]:
    """A checksum of each row by its id; a vertex's includes its document's."""
    comments = {one.id: one.comment for one in rows.documents}
    found: dict[int, int] = {}
    for vertex in rows.vertices:
        comment = comments.get(vertex.id, "").encode("utf-8", "surrogateescape")
        found[vertex.id] = crc32(comment, _checksum(vertex))
    for edge in rows.edges:
        found[edge.id] = _checksum(edge)
    return found


def _checksum(thing: Thing) -> int:
    return crc32(_json.encode(thing.properties))


def pack(found: dict[int, int]) -> bytes:
    """Checksums as bytes."""
    return b"".join(_row.pack(identity, checksum) for identity, checksum in found.items())


def unpack(data: bytes) -> dict[int, int]:
    """The checksums that `pack` was given."""
    return dict(_row.iter_unpack(data))
