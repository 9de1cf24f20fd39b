//! The files of the example, in the order of their import.

use reports::Kind;

/// The partners that there are reports of.
const CONTOSO: &str = super::PARTNER;
const FABRIKAM: &str = "6099001";

/// One import.
pub(super) struct DemoStep {
    /// Its instant.
    pub(super) now: &'static str,
    pub(super) name: &'static str,
    pub(super) bytes: &'static [u8],
    /// What the file reports, and of whom; a file of events, which was typed by hand, has neither.
    pub(super) report: Option<(Kind, &'static str)>,
}

macro_rules! step {
    ($now:literal, $name:literal, $report:expr) => {
        DemoStep { now: $now, name: $name, bytes: include_bytes!(concat!("../../../demo/", $name)), report: $report }
    };
}

/// The imports in their order.
pub(super) const STEPS: &[DemoStep] = &[
    step!("2024-03-01T09:00:00Z", "events-2024-03.jsonl", None),
    step!("2024-03-06T09:00:00Z", "contoso-AzureUsage-20240306.csv", Some((Kind::AzureUsage, CONTOSO))),
    step!("2024-03-06T09:05:00Z", "contoso-CPORM365Usage-20240306.csv", Some((Kind::CporM365Usage, CONTOSO))),
    step!(
        "2024-03-06T09:10:00Z",
        "contoso-TrainingCompletions-20240306.csv",
        Some((Kind::TrainingCompletions, CONTOSO))
    ),
    step!("2024-03-07T14:00:00Z", "fabrikam-AzureUsage-20240307.csv", Some((Kind::AzureUsage, FABRIKAM))),
    step!("2024-05-02T08:00:00Z", "events-2024-05.jsonl", None),
    step!("2024-06-06T09:00:00Z", "contoso-AzureUsage-20240606.csv", Some((Kind::AzureUsage, CONTOSO))),
    step!("2024-06-06T09:05:00Z", "contoso-CPORM365Usage-20240606.csv", Some((Kind::CporM365Usage, CONTOSO))),
    step!("2024-08-05T10:00:00Z", "events-2024-08.jsonl", None),
    step!("2024-09-06T09:00:00Z", "contoso-AzureUsage-20240906.csv", Some((Kind::AzureUsage, CONTOSO))),
    step!("2024-09-06T09:05:00Z", "contoso-CPORM365Usage-20240906.csv", Some((Kind::CporM365Usage, CONTOSO))),
    step!(
        "2024-09-06T09:10:00Z",
        "contoso-TrainingCompletions-20240906.csv",
        Some((Kind::TrainingCompletions, CONTOSO))
    ),
    step!("2024-12-06T09:00:00Z", "contoso-AzureUsage-20241206.csv", Some((Kind::AzureUsage, CONTOSO))),
    step!("2024-12-06T09:05:00Z", "contoso-CPORM365Usage-20241206.csv", Some((Kind::CporM365Usage, CONTOSO))),
    step!(
        "2024-12-06T09:10:00Z",
        "contoso-TrainingCompletions-20241206.csv",
        Some((Kind::TrainingCompletions, CONTOSO))
    ),
    step!("2024-12-18T15:30:00Z", "events-2024-12.jsonl", None),
    step!("2025-01-20T11:00:00Z", "events-2025-01.jsonl", None),
    step!("2025-03-06T09:00:00Z", "contoso-AzureUsage-20250306.csv", Some((Kind::AzureUsage, CONTOSO))),
    step!("2025-03-06T09:05:00Z", "contoso-CPORM365Usage-20250306.csv", Some((Kind::CporM365Usage, CONTOSO))),
    step!("2025-03-07T14:00:00Z", "fabrikam-AzureUsage-20250307.csv", Some((Kind::AzureUsage, FABRIKAM))),
    step!(
        "2025-03-07T14:05:00Z",
        "fabrikam-TrainingCompletions-20250307.csv",
        Some((Kind::TrainingCompletions, FABRIKAM))
    ),
    step!("2025-04-04T09:00:00Z", "contoso-AzureUsage-20250404.csv", Some((Kind::AzureUsage, CONTOSO))),
    step!("2025-04-04T09:05:00Z", "contoso-CPORM365Usage-20250404.csv", Some((Kind::CporM365Usage, CONTOSO))),
];
