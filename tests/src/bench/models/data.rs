//! Invented pages of records, as lists respond with them: typed fields in documented order, then ten custom fields.
//! They have the same bytes in every run.

use std::fmt::Write as _;

const WORDS: [&str; 16] = [
    "Website",
    "redesign",
    "proposal",
    "Discovery",
    "workshop",
    "Enterprise",
    "licence",
    "annual",
    "support",
    "onboarding",
    "migration",
    "Q3",
    "renewal",
    "hardware",
    "training",
    "audit",
];

/// Pseudo-random numbers, the same for the same seed.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) ^ (self.0 >> 13)) % limit
    }

    fn word(&mut self) -> &'static str {
        WORDS[usize::try_from(self.below(16)).unwrap()]
    }

    fn words(&mut self, count: usize) -> String {
        let words: Vec<_> = (0..count).map(|_| self.word()).collect();
        words.join(" ")
    }

    fn id(&mut self, prefix: &str) -> String {
        let mut id = prefix.to_owned();
        for _ in 0..12 {
            id.push(char::from_digit(u32::try_from(self.below(36)).unwrap(), 36).unwrap());
        }
        id
    }

    fn time(&mut self) -> String {
        format!(
            "2026-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            1 + self.below(12),
            1 + self.below(28),
            self.below(24),
            self.below(60),
            self.below(60),
            self.below(1000)
        )
    }

    fn money(&mut self) -> String {
        let cents = self.below(5_000_000);
        if cents.is_multiple_of(3) {
            (cents / 100).to_string()
        } else {
            format!("{}.{:02}", cents / 100, cents % 100)
        }
    }

    /// The text in six of ten cases, otherwise `null`.
    fn maybe(&mut self, text: &str) -> String {
        if self.below(10) < 6 {
            format!("\"{text}\"")
        } else {
            "null".to_owned()
        }
    }

    fn maybe_id(&mut self, prefix: &str) -> String {
        let id = self.id(prefix);
        self.maybe(&id)
    }
}

/// Ten custom fields as members, without braces.
pub fn custom_fields(n: &mut Numbers) -> String {
    format!(
        r#""cf_industry":"{}","cf_delivery_note":"{} \"{}\"","cf_account_ref":"{}","cf_seats":{},"cf_margin":{}.{:02},"cf_discount_cap":{}.5,"cf_is_renewal":{},"cf_regions":["{}","{}","{}"],"cf_previous_vendor":null,"cf_go_live":"{}""#,
        n.word(),
        n.words(4),
        n.word(),
        n.id("ACC-"),
        n.below(5000),
        n.below(90),
        n.below(100),
        n.below(30),
        n.below(2) == 0,
        n.word(),
        n.word(),
        n.word(),
        n.time()
    )
}

pub fn quotation(n: &mut Numbers, lines: usize) -> String {
    let mut json = format!(
        r#"{{"id":"{}","number":"QUO{:05}","date":"{}","status":"{}","currency":"AED","createdAt":"{}","#,
        n.id("qtn_"),
        n.below(99_999),
        n.time(),
        ["DRAFT", "SENT", "ACCEPTED", "REJECTED"][usize::try_from(n.below(4)).unwrap()],
        n.time()
    );
    let (subject, notes) = (n.words(4), n.words(9));
    write!(
        json,
        r#""subject":{},"expiryDate":null,"conversionRate":{},"isInclusiveTax":{},"clientId":"{}","contactId":{},"dealId":{},"salesPersonId":{},"templateId":"{}","contentHtml":null,"internalNotes":{},"#,
        n.maybe(&subject), ["1", "3.6725"][usize::try_from(n.below(2)).unwrap()], n.below(2) == 0, n.id("clt_"),
        n.maybe_id("clt_"), n.maybe_id("dl_"), n.maybe_id("usr_"), n.id("tpl_"), n.maybe(&notes)
    )
    .unwrap();
    write!(
        json,
        r#""totalAmount":{},"subtotalAmount":{},"totalTaxAmount":{},"totalDiscountAmount":{},"tagIds":["{}","{}"],"lineItems":["#,
        n.money(), n.money(), n.money(), n.money(), n.id("tag_"), n.id("tag_")
    )
    .unwrap();
    for line in 0..lines {
        let comma = if line > 0 { "," } else { "" };
        let description = n.words(6);
        write!(
            json,
            r#"{comma}{{"name":"{}","quantity":{},"price":{},"productId":{},"description":{},"tax":{},"taxRateId":{},"discount":{},"scope":null}}"#,
            n.words(2), 1 + n.below(20), n.money(), n.maybe_id("prd_"), n.maybe(&description), n.money(),
            n.maybe_id("txr_"), n.below(100)
        )
        .unwrap();
    }
    write!(
        json,
        r#"],"markedAcceptedOn":null,"markedRejectedOn":null,"updatedAt":null,{}}}"#,
        custom_fields(n)
    )
    .unwrap();
    json
}

pub fn deal(n: &mut Numbers) -> String {
    format!(
        r#"{{"id":"{}","number":"{}","title":"{}","contactEmails":["{}@example.com"],"clientId":"{}","client":null,"price":{},"expectedCloseDate":"{}","status":"{}","priority":"{}","pipelineId":"{}","stageId":"{}","stage":"{}","leadId":{},"leadName":null,"crmSourceId":{},"source":"{}","ownerUserId":"{}","ownerId":"{}","ownerName":"{}","createdAt":"{}","updatedAt":"{}",{}}}"#,
        n.id("dl_"),
        n.below(99_999),
        n.words(3),
        n.word(),
        n.id("clt_"),
        n.money(),
        n.time(),
        ["ACTIVE", "WON", "LOST"][usize::try_from(n.below(3)).unwrap()],
        ["LOW", "MEDIUM", "HIGH"][usize::try_from(n.below(3)).unwrap()],
        n.id("dpl_"),
        n.id("dps_"),
        n.word(),
        n.maybe_id("ld_"),
        n.maybe_id("src_"),
        n.word(),
        n.id("usr_"),
        n.id("usr_"),
        n.words(2),
        n.time(),
        n.time(),
        custom_fields(n)
    )
}

/// A page of a list.
pub fn page(records: usize, mut record: impl FnMut(&mut Numbers) -> String) -> String {
    let mut n = Numbers::new(42);
    let records: Vec<_> = (0..records).map(|_| record(&mut n)).collect();
    format!(
        r#"{{"data":[{}],"meta":{{"nextCursor":"eyJpZCI6InF0bl8xMjM0NTYifQ","hasMore":true}}}}"#,
        records.join(",")
    )
}
