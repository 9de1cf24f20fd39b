//! The ids that reports give: derived from content, so that the same content has the same id.

use std::fmt::Write as _;

use ledger::{AssociationId, Event, EventId, canonical_event};
use sha1::{Digest as _, Sha1};
use uuid::Uuid;

/// The namespace of every id that is derived from a report. It must never change.
const NAMESPACE: Uuid = Uuid::from_u128(0x9250_fe05_7723_46f7_80d3_a846_afa4_03fc);

/// The event under the UUID v5 of its canonical bytes, taken with the nil UUID as its id (R1).
pub(crate) fn with_derived_id(event: Event) -> Event {
    let unnamed = Event { id: EventId(Uuid::nil()), ..event };
    let id = EventId(version_5(canonical_event(&unnamed).as_bytes()));
    Event { id, ..unnamed }
}

/// The id of an association, from the texts that tell it from every other.
pub(crate) fn association_id(parts: &[&str]) -> AssociationId {
    let mut name = String::from("association");
    for part in parts {
        let _ = write!(name, "\n{}:{part}", part.len());
    }
    AssociationId(version_5(name.as_bytes()))
}

/// The UUID v5 of a name, as [`Uuid::new_v5`] makes it; the processor's own instructions make it cheaper here.
fn version_5(name: &[u8]) -> Uuid {
    let digest = Sha1::new().chain_update(NAMESPACE.as_bytes()).chain_update(name).finalize();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, of_digest)| *byte = of_digest);
    uuid::Builder::from_sha1_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{NAMESPACE, association_id, version_5};

    #[test]
    fn ids_are_of_version_5() {
        for name in ["", "a", &"long ".repeat(100)] {
            assert_eq!(version_5(name.as_bytes()), Uuid::new_v5(&NAMESPACE, name.as_bytes()));
        }
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(association_id(&["a", "bc"]), association_id(&["ab", "c"]));
        assert_ne!(association_id(&["a", ""]), association_id(&["a"]));
        assert_ne!(association_id(&["a\n1:b"]), association_id(&["a", "b"]));
    }

    #[test]
    fn the_derivation_never_changes() {
        assert_eq!(association_id(&["6034453", "C-1001"]).to_string(), "da2e5d04-d9d7-5c2b-aef7-c9fa43275a63");
    }
}
