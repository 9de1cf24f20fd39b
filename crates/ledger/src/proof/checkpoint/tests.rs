use super::*;

const EXAMPLE: &str = "\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
";

fn key(name: &str, secret: u8) -> SigningKey {
    SigningKey::of_secret(name, &[secret; 32]).unwrap()
}

fn checkpoint() -> Checkpoint {
    let claims = Claims {
        partners: Some([2; 32]),
        newest: Some(Timestamp::from_micros(1)),
        next: Some(Timestamp::from_micros(2)),
        closed: Some(Timestamp::from_micros(3)),
        answers: Some([3; 32]),
        next_key: Some(key("o", 9).verifier()),
    };
    Checkpoint { origin: "o".to_owned(), size: 7, root: [1; 32], claims }
}

#[test]
fn the_example_of_the_specification_is_read() {
    let signed = SignedCheckpoint::parse(EXAMPLE).unwrap();
    assert_eq!(signed.checkpoint().size, 20_852_163);
    assert_eq!(signed.checkpoint().claims, Claims::default());
    let seen = signed.cosignatures();
    assert_eq!(
        seen.iter().map(|one| (one.name.as_str(), one.seconds)).collect::<Vec<_>>(),
        [("witness.example.com/w1", 1_679_315_147)]
    );
}

#[test]
fn a_checkpoint_is_read_as_it_was_written() {
    let (own, witness) = (key("o", 1), key("w", 2));
    let mut signed = checkpoint().sign(&own);
    assert_eq!(SignedCheckpoint::parse(&signed.to_string()).unwrap(), signed);
    signed.verify(&own.verifier()).unwrap();
    assert!(matches!(signed.cosigned_by(&witness.cosigner()), Err(NoteError::NotSigned { .. })));
    signed.cosign(&witness, 5);
    signed.cosign(&witness, 6);
    let read = SignedCheckpoint::parse(&signed.to_string()).unwrap();
    assert_eq!(read.cosigned_by(&witness.cosigner()).unwrap().seconds, 6);
    assert_eq!(read.cosignatures().len(), 1);
    let mut other = checkpoint().sign(&own);
    other.add_cosignatures(&read);
    other.add_cosignatures(&read);
    assert_eq!(other, read);
    let mut elsewhere = Checkpoint { size: 8, ..checkpoint() }.sign(&own);
    elsewhere.add_cosignatures(&read);
    assert!(elsewhere.cosignatures().is_empty(), "a cosignature is of one text");
}

#[test]
fn every_changed_bit_of_a_signed_checkpoint_is_noticed() {
    let (own, witness) = (key("o", 1), key("w", 2));
    let mut signed = checkpoint().sign(&own);
    signed.cosign(&witness, 5);
    let whole = signed.to_string().into_bytes();
    for bit in 0..whole.len() * 8 {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let Ok(text) = String::from_utf8(changed) else { continue };
        let Ok(read) = SignedCheckpoint::parse(&text) else { continue };
        let holds = read.verify(&own.verifier()).is_ok() && read.cosigned_by(&witness.cosigner()).is_ok();
        assert!(!holds, "bit {bit} was changed");
    }
}

#[test]
fn another_key_of_the_same_name_is_told_from_a_forged_signature() {
    let (own, other) = (key("o", 1), key("o", 2));
    let signed = checkpoint().sign(&own);
    assert_eq!(signed.verify(&other.verifier()), Err(NoteError::NotSigned { key: other.verifier() }));
    let text = Checkpoint { size: 8, ..checkpoint() }.sign(&own).to_string().replacen("\n8\n", "\n7\n", 1);
    let forged = SignedCheckpoint::parse(&text).unwrap();
    assert_eq!(forged.verify(&own.verifier()), Err(NoteError::Forged { key: own.verifier() }));
    assert_eq!(signed.cosigned_by(&own.verifier()), Err(NoteError::NotSigned { key: own.verifier() }));
}

#[test]
fn a_checkpoint_of_another_name_than_its_keys_is_not_the_keys() {
    let own = key("o", 1);
    let signed = Checkpoint { origin: "p".to_owned(), ..checkpoint() }.sign(&own);
    let origin = "p".to_owned();
    assert_eq!(signed.verify(&own.verifier()), Err(NoteError::OtherOrigin { origin, key: own.verifier() }));
}

#[test]
fn a_cosignature_is_no_signature_of_a_ledger() {
    let own = key("o", 1);
    let mut signed = checkpoint().sign(&own);
    signed.cosign(&own, 5);
    assert_eq!(signed.signature_count(), 2);
    assert_eq!(signed.verify(&own.cosigner()), Err(NoteError::NotSigned { key: own.cosigner() }));
}

#[test]
fn texts_that_are_no_checkpoints_are_refused() {
    let text = checkpoint().text();
    assert_eq!(Checkpoint::parse(&text).unwrap(), checkpoint());
    for (from, to) in [
        ("o\n", "\n"),
        ("\n7\n", "\n07\n"),
        ("\n7\n", "\n-7\n"),
        ("AQE=\n", "AQE\n"),
        ("AQE=\n", "AQF=\n"),
        ("partners ", "Partners "),
        ("partners ", "partners  "),
        ("newest ", "newer "),
        ("next 1970", "next 1969-12-31T24:00:00Z\nnext 1970"),
        ("newest ", "next "),
        (".000001Z\n", "Z\n"),
        ("closed ", "closes "),
        ("closed 1970", "closed 1969-12-31T24:00:00Z\nclosed 1970"),
        ("next-key o+", "next-key p+"),
        ("answers ", "\nanswers "),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from:?} is not there");
        assert!(matches!(Checkpoint::parse(&changed), Err(NoteError::NoCheckpoint { .. })), "{changed}");
    }
    assert!(matches!(Checkpoint::parse(text.trim_end()), Err(NoteError::NoCheckpoint { .. })));
    for text in ["", "a\n", "\n\n", &"a".repeat(70_000), &EXAMPLE.replace("— w", "- w"), &format!("{EXAMPLE}\n")] {
        assert_eq!(SignedCheckpoint::parse(text), Err(NoteError::Malformed), "{text:.40}");
    }
}
