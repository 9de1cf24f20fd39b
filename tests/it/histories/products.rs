//! Names of products, subscriptions and offers that histories use.

/// Subscriptions are compared exactly: two of these differ in case alone.
pub const SUBSCRIPTIONS: [&str; 3] = ["sub-1", "sub-2", "SUB-1"];

/// Products of an area; the favourites, which workloads name, come first; some aliases, some that count nowhere.
pub fn products(area: &str) -> &'static [&'static str] {
    match area {
        "business_applications" => &[
            "Business Central",
            "Power Apps",
            "Sales",
            "Customer Insights",
            "Power BI",
            "Contact Center",
            "Marketing",
            "Power Pages",
            "Finance",
            "Copilot Studio",
            "Fraud Protection",
            "Nothing Known",
        ],
        "modern_work" => &[
            "Teams",
            "Exchange",
            "Exchange Online",
            "Intune",
            "ProPlus",
            "Microsoft 365 Apps",
            "Yammer",
            "Viva Engage",
            "Azure AD Premium",
            "Entra ID P1",
            "Teams Premium",
            "Nothing Known",
        ],
        "security" => &[
            "Intune",
            "Entra ID P1",
            "Defender for Endpoint",
            "Azure AD Premium",
            "Microsoft Information Protection",
            "Purview Information Protection",
            "Defender for Identity",
            "Nothing Known",
        ],
        _ => &[
            "Storage",
            "Virtual Machines",
            "Azure SQL",
            "Azure Kubernetes Service",
            "Key Vault",
            "Virtual Machines Licenses",
            "Virtual Network",
            "Functions",
        ],
    }
}

/// Products with a rate, and units that make the thresholds 5,000 and 10,000 of consumption value.
pub const RATED: [(&str, i128, i128); 13] = [
    ("Business Central", 5, 10),
    ("Power Apps", 25, 50),
    ("Power App", 25, 50),
    ("Common data service (CE)", 25, 50),
    ("Common data service (Customer Engagement)", 25, 50),
    ("Customer Insights", 25_000, 50_000),
    ("Customer Insights Partner", 25_000, 50_000),
    ("Finance & Operations", 50, 100),
    ("Power BI", 25, 50),
    ("Guides", 5, 10),
    ("Contact Center", 25, 50),
    ("Portals", 50, 100),
    ("Nothing Known", 5, 10),
];

/// Products of the azure part of Security, both lists and aliases.
pub const SECURITY_AZURE: [&str; 9] = [
    "Key Vault",
    "Sentinel",
    "Azure Defender",
    "Security Center",
    "Defender for Cloud",
    "Azure AD Domain Services",
    "Entra Domain Services",
    "Firewall",
    "Storage",
];

/// Offers: excluded ones in several spellings, and some that only look like one.
pub const OFFERS: [&str; 14] = [
    "Benefit Program",
    "benefit-program",
    "BENEFIT__PROGRAM",
    "Benefit - Program",
    "SUPPORT",
    "support",
    "Internal",
    "trial",
    "Trial",
    "Support Plan",
    "BenefitProgram",
    "Benefit\u{a0}Program",
    "Pay-As-You-Go",
    "EA",
];
