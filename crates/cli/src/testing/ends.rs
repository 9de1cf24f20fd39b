//! What an import says of ends: of those that it records, and of those that only a snapshot would record.

use super::World;

const LIST: &str = "PGAMpnId,TrainingTitle,TrainingType,TrainingCompletionDate,MCPID\n";
const CUSTOMERS: &str = "PGAMpnId,MpnId,CustomerSegment,CustomerStatus,CustomerTenantId,Product,Month,\
    PartnerAttributionType,SalesChannel,IsDuplicateRowForPGA\n";

fn list(persons: &[u32]) -> String {
    let row = |person: &u32| format!("6034453,AZ-104,certification,2024-11-02,{person}\n");
    format!("{LIST}{}", persons.iter().map(row).collect::<String>())
}

fn customers(month: &str, customers: &[u32]) -> String {
    let row = |customer: &u32| {
        format!(
            "6034453,6034454,,Active,4fdbff88-9d6b-42e0-9713-{customer:012},Azure,{month},CSP Tier 1,Direct/CSP,0\n"
        )
    };
    format!("{CUSTOMERS}{}", customers.iter().map(row).collect::<String>())
}

fn world() -> World {
    let world = World::with_ledger();
    world.write("t-20250105.csv", &list(&[1, 2, 3, 4]));
    world.write("t-20250205.csv", &list(&[1]));
    world.write("c-20250105.csv", &customers("20241201", &[1, 2, 3]));
    world.write("c-20250205.csv", &customers("20250101", &[1]));
    assert_eq!(world.run("import t-20250105.csv c-20250105.csv").code, 0);
    world
}

#[test]
fn a_snapshot_says_how_many_of_each_it_ended() {
    let world = world();
    let line = "import t-20250205.csv c-20250205.csv --snapshot";
    let ended = "2 association_revoked, 2 customer_churned, 3 certification_unlinked\n";
    let dry = world.run(&format!("{line} --dry-run"));
    assert!(dry.stdout.contains(&format!("\nwould end: {ended}")), "{dry:?}");
    let said = world.run(line);
    assert!(said.stdout.contains(&format!("\nended: {ended}")), "{said:?}");
    assert!(!said.stdout.contains("gone since"), "{said:?}");
    assert!(!world.run(line).stdout.contains("ended: "), "nothing ends twice");
}

#[test]
fn a_figure_that_is_gone_from_a_snapshot_is_told() {
    let world = World::with_ledger();
    world.write("a-20250305.csv", super::folders::AZURE);
    let two =
        format!("{}6034453,6034454,{},20250101,Storage,s-1,CSP Tier 1,0,5\n", super::folders::AZURE, super::CUSTOMER);
    world.write("b-20250304.csv", &two);
    assert_eq!(world.run("import b-20250304.csv").code, 0);
    let said = world.run("import a-20250305.csv --snapshot");
    assert!(said.stdout.contains("\nended: 1 figure now 0\n"), "{said:?}");
}

#[test]
fn a_list_that_is_no_snapshot_says_what_is_gone_since_an_earlier_one() {
    let world = world();
    let gone = "\n  gone since earlier lists: 3 certifications and 2 customers; where the file is whole, `--snapshot` \
                records that they ended\n";
    let said = world.run("import t-20250205.csv c-20250205.csv");
    assert!(said.stdout.contains(gone) && !said.stdout.contains("ended: "), "{said:?}");
    for same in ["import t-20250105.csv c-20250105.csv", "import t-20250105.csv --downloaded 2025-01-20"] {
        assert!(!world.run(same).stdout.contains("gone since"), "{same}");
    }
    // The newest list of several tells it, each once.
    world.write("t-20250301.csv", &list(&[1, 2]));
    let said = world.run("import t-20250205.csv t-20250301.csv");
    assert!(said.stdout.contains("gone since earlier lists: 2 certifications; "), "{said:?}");
    // Of a row that is refused nobody knows what it would have shown.
    world.write("t-20250302.csv", &format!("{}6034453,AZ-104,certification,no day,2\n", list(&[1])));
    let said = world.run("import t-20250302.csv --skip-bad");
    assert!(said.code == 4 && !said.stdout.contains("gone since"), "{said:?}");
}
