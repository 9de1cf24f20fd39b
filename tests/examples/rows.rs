//! Writes a report of Azure consumption with many rows, to measure how fast rows become events.
//!
//! `rows ROWS ROWS_PER_FIGURE FILE`: the columns of a real download, 24 months, ten services of each subscription. The
//! same numbers give the same file.

use std::fs::File;
use std::io::{self, BufWriter, Write};

const HEADER: &str = "PGAMpnId,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,FirstUseDate,SubscriptionState,\
    Month,ServiceLevel1,ServiceLevel2,ServiceLevel3,ServiceLevel4,ServiceInfluencer,ServiceGroup2,ServiceGroup3,\
    ComputeOS,ComputeOSAttribute,ComputeCoreSoftware,UsageUnits,UsageQuantity,CustomerName,CustomerTenantId,\
    CustomerTenantName,CustomerTpid,CustomerSegment,CustomerMarket,MPNId,PartnerName,PartnerLocation,\
    PartnerAttributionType,SalesChannel,EnrollmentNumber,IsACRDuplicateAtPGALevel,ResellerID,ResellerName,IndustryName,\
    VerticalName,AdminType,MonthlySubscriptionLevelACR,PartnerOneSubID,PartnerOneSubCountry,\
    ParticipantPublicCustomerNumber,PCNSubsidiaryName,PCNPartnerName,IsDuplicateAtMpnLevel,\
    IsDuplicateAtPgaAttributionTypeLevel,AI_OfferType,EOU,SubscriptionCount,ACR_USD,CustomerCount,CustomerTenantCount";
const SERVICES: [&str; 10] = [
    "Virtual Machines",
    "Cosmos DB",
    "Storage",
    "Key Vault",
    "Load Balancer",
    "Databricks",
    "Azure App Service",
    "Cognitive Services",
    "Service Bus",
    "Azure Monitor",
];
const MONTHS: u64 = 24;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rows, rows_per_figure, file] = arguments.as_slice() else {
        return Err(io::Error::other("needed: ROWS ROWS_PER_FIGURE FILE"));
    };
    let rows: u64 = rows.parse().map_err(io::Error::other)?;
    let rows_per_figure: u64 = rows_per_figure.parse().map_err(io::Error::other)?;
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file)?);
    write!(out, "{HEADER}\r\n")?;
    for row in 0..rows {
        let figure = row / rows_per_figure.max(1);
        let place = usize::try_from(figure % 10).map_err(io::Error::other)?;
        let service = SERVICES.get(place).copied().unwrap_or_default();
        let subscription = figure / 10 / MONTHS;
        let month = figure / 10 % MONTHS;
        let (year, month) = (2023 + month / 12, month % 12 + 1);
        let level = row % rows_per_figure.max(1);
        let amount = row.wrapping_mul(2_654_435_761) % 10_000_000;
        let (dollars, cents) = (amount / 100, amount % 100);
        write!(
            out,
            "6034453,5b000000-0000-4000-8000-{subscription:012},2022-03-01,9999-12-31,2022-03-02,Active,\
             {year}{month:02}01,Cloud,{service},{service} {level},{service} Meter {level},NATIVE,,,,,,Hours,\
             {cents}.125,Customer {subscription},7a000000-0000-4000-8000-{subscription:012},Customer {subscription},\
             {subscription},SMB,United States,6034454,Contoso Partner US,United States,Partner Admin Link,Direct,,0,,,,,\
             Owner,{dollars}.{cents:02},,,,,,0,0,,,1,{dollars}.{cents:02},1,1\r\n"
        )?;
    }
    out.flush()
}
