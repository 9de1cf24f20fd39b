//! Reports that tell the same figures, in every order.

use crate::kind::Kind;
use crate::testing::{Book, File};

const FABRIKAM: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";
const FIRST: &str = "11111111-0000-4000-8000-000000000001";
const SECOND: &str = "11111111-0000-4000-8000-000000000002";

/// One report of each kind that tells figures of Microsoft 365, of the same customer and month.
fn texts() -> [(Kind, String); 4] {
    let claimed = format!(
        "CustomerTenantId,WorkloadName,MonthlyActiveUsers,PaidAvailableUnits,ClaimId,MpnId,DateAssociated,\
         PartnerAttributionType,Date\n\
         {FABRIKAM},Exchange Online,260,420,C-1,6034454,2022-10-14,CPOR,2023-07-01\n\
         {FABRIKAM},Intune,100,205,C-2,6034454,2022-10-14,CPOR,2023-07-01\n"
    );
    let office = format!(
        "PGAMpnId,CustomerTenantId,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers,MPNId,\
         PartnerAttributionType,IsDuplicateRowForPGA\n\
         6034453,{FABRIKAM},Exchange,20230701,421,261,6034454,CPOR,0\n\
         6034453,{FABRIKAM},Teams,20230701,40,18,6034454,CSP Tier 1,0\n\
         6034453,{FABRIKAM},Azure AD Premium,20230701,41,17,6034454,CSP Tier 1,0\n"
    );
    let ems = format!(
        "PGAMpnId,SubscriptionId,Month,CustomerTenantId,MPNId,PartnerAttachType,IsDuplicateRowForPGA,\
         IntunePaidAvailableUnits,IntuneMonthlyActiveUsers,AADPPaidAvailableUnits,MDEPaidAvailableUnits\n\
         6034453,{FIRST},20230701,{FABRIKAM},6034454,CPOR,0,150,90,150,7\n\
         6034453,{SECOND},20230701,{FABRIKAM},6034454,CPOR,0,50,20,50,\n"
    );
    let seats = format!(
        "PGAMpnId,SubscriptionId,Month,CustomerTenantId,Product,MPNId,PartnerAttributionType,IsDuplicateRowForPGA,\
         AvailableSeatsEOP,BilledRevenueUSD\n\
         6034453,{FIRST},20230701,{FABRIKAM},Intune,6034454,CSP Tier 1,0,200,900\n\
         6034453,{SECOND},20230701,{FABRIKAM},Power BI,6034454,CSP Tier 1,0,10,99.5\n"
    );
    [(Kind::CporM365Usage, claimed), (Kind::OfficeUsage, office), (Kind::EmsUsage, ems), (Kind::SeatsAndRevenue, seats)]
}

/// Every order of four.
fn orders() -> Vec<[usize; 4]> {
    let mut orders = Vec::new();
    for number in 0..256 {
        let order = [number & 3, number >> 2 & 3, number >> 4 & 3, number >> 6];
        if (0..4).all(|place| order.contains(&place)) {
            orders.push(order);
        }
    }
    orders
}

#[test]
fn the_figures_that_count_are_the_same_in_every_order_of_kinds() {
    let texts = texts();
    let orders = orders();
    assert_eq!(orders.len(), 24);
    for order in orders {
        let book = Book::default();
        let import = |place: usize| {
            let (kind, text) = &texts[place];
            let file = File { partner: Some("6034453"), ..File::new(*kind, "r.csv", text) };
            let imported = book.import(&file).expect("the columns are there");
            assert!(imported.refused.is_empty(), "{:?}", imported.refused);
            imported.new
        };
        for place in order {
            import(place);
        }
        let counting: Vec<String> = book.counting().into_iter().map(|(key, value)| format!("{key} {value}")).collect();
        assert_eq!(
            counting,
            [
                "2023-07 Azure AD Premium active_users - 17",
                "2023-07 Azure AD Premium paid_seats - 41",
                "2023-07 Defender for Endpoint paid_seats 0001 7",
                "2023-07 Exchange active_users - 260",
                "2023-07 Exchange paid_seats - 420",
                "2023-07 Intune active_users - 100",
                "2023-07 Intune paid_seats - 205",
                "2023-07 Power BI paid_seats 0002 10",
                "2023-07 Power BI revenue_usd 0002 99.5",
                "2023-07 Teams active_users - 18",
                "2023-07 Teams paid_seats - 40",
            ],
            "{order:?}"
        );
        for place in order {
            assert_eq!(import(place), [""; 0], "{order:?} again");
        }
    }
}

/// A churn that one report shows does not end what another shows in the same month, whichever comes first.
#[test]
fn a_use_and_a_churn_of_one_month_leave_the_association_in_force() {
    let customers = format!(
        "PGAMpnId,MpnId,CustomerStatus,CustomerTenantId,Product,Month,PartnerAttributionType\n\
         6034453,6034454,Inactive,{FABRIKAM},Teams,20230701,CPOR\n"
    );
    let office = format!(
        "PGAMpnId,CustomerTenantId,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers,MPNId,\
         PartnerAttributionType,IsDuplicateRowForPGA\n\
         6034453,{FABRIKAM},Teams,20230601,40,18,6034454,CPOR,0\n\
         6034453,{FABRIKAM},Teams,20230701,40,18,6034454,CPOR,0\n"
    );
    let files = [
        File { snapshot: true, ..File::new(Kind::CustomersAndTenants, "c.csv", &customers) },
        File { snapshot: true, ..File::new(Kind::OfficeUsage, "o.csv", &office) },
    ];
    for (order, associations, churns) in [([0, 1], 2, 1), ([1, 0], 1, 0)] {
        let book = Book::default();
        let import = |place: usize| book.import(&files[place]).expect("the columns are there").new;
        let new: Vec<String> = order.into_iter().flat_map(import).collect();
        let count = |what: &str| new.iter().filter(|text| text.starts_with(what)).count();
        assert_eq!((count("association_accepted"), count("customer_churned")), (associations, churns), "{new:?}");
        let again: Vec<String> = order.into_iter().flat_map(import).collect();
        assert_eq!(again, [""; 0], "{order:?} again");
    }
}
