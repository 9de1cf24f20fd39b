//! The files of the example, in the order of their import.

use ledger::{PartnerId, Timestamp};

use app::import::{AskedKind, Request};
use reports::Kind;

/// Which file is imported, as what, for whom and when.
const PLAN: &str = include_str!("../../../demo/plan.csv");

macro_rules! file {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../../demo/", $name)))
    };
}

const FILES: &[(&str, &[u8])] = &[
    file!("events-2024-03.jsonl"),
    file!("contoso-AzureUsage-20240306.csv"),
    file!("contoso-CPORM365Usage-20240306.csv"),
    file!("contoso-TrainingCompletions-20240306.csv"),
    file!("fabrikam-AzureUsage-20240307.csv"),
    file!("events-2024-05.jsonl"),
    file!("contoso-AzureUsage-20240606.csv"),
    file!("contoso-CPORM365Usage-20240606.csv"),
    file!("events-2024-08.jsonl"),
    file!("contoso-AzureUsage-20240906.csv"),
    file!("contoso-CPORM365Usage-20240906.csv"),
    file!("contoso-TrainingCompletions-20240906.csv"),
    file!("contoso-AzureUsage-20241206.csv"),
    file!("contoso-CPORM365Usage-20241206.csv"),
    file!("contoso-TrainingCompletions-20241206.csv"),
    file!("events-2024-12.jsonl"),
    file!("events-2025-01.jsonl"),
    file!("contoso-AzureUsage-20250306.csv"),
    file!("contoso-CPORM365Usage-20250306.csv"),
    file!("fabrikam-AzureUsage-20250307.csv"),
    file!("fabrikam-TrainingCompletions-20250307.csv"),
    file!("contoso-AzureUsage-20250404.csv"),
    file!("contoso-CPORM365Usage-20250404.csv"),
];

/// One import.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) bytes: &'static [u8],
    pub(super) request: Request,
    pub(super) now: Timestamp,
}

impl Step {
    /// Whether the file is a report, and not typed by hand.
    pub(super) fn is_report(&self) -> bool {
        self.request.kind.is_some()
    }
}

/// The imports in their order.
pub(super) fn plan() -> Vec<Step> {
    PLAN.lines().skip(1).map(|row| step(row).expect("the bundled plan names bundled files, as a test shows")).collect()
}

fn step(row: &str) -> Option<Step> {
    let [name, kind, partner, now] = row.split(',').collect::<Vec<_>>().try_into().ok()?;
    let (name, bytes) = FILES.iter().find(|(file, _)| *file == name).copied()?;
    let kind = Kind::from_name(kind).map(AskedKind::Report);
    let request = Request { kind, partner: PartnerId::new(partner).ok(), ..Request::default() };
    Some(Step { name, bytes, request, now: Timestamp::parse(now).ok()? })
}

#[cfg(test)]
mod tests {
    use super::{FILES, plan};

    #[test]
    fn every_file_is_in_the_plan_once_and_in_its_order() {
        let names: Vec<&str> = plan().iter().map(|step| step.name).collect();
        assert_eq!(names, FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        assert!(plan().is_sorted_by_key(|step| step.now));
    }
}
