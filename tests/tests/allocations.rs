//! The memory for reading a page, compared with derived types. The numbers are exact, so that every change is visible.
//!
//! These tests are a program of their own, because `allocation-counter` replaces the allocator.

use allocation_counter::{AllocationInfo, measure};
use heffl::{Call, Client};
use heffl_tests::bench::models::{data, peers};
use serde::de::DeserializeOwned;

/// The allocations of reading. The result is kept, so that its memory is counted.
fn allocations<T>(read: impl FnOnce() -> T) -> AllocationInfo {
    let mut result = None;
    let info = measure(|| result = Some(read()));
    drop(result);
    info
}

/// Checks that `of` is at most this percentage of `to`.
fn at_most(of: u64, to: u64, percent: u64, what: &str) {
    let share = of * 100 / to;
    println!("{what}: {of} of {to}, {share} %");
    assert!(of * 100 <= to * percent, "{what}: {of} of {to}, {share} %");
}

fn page<Plain: DeserializeOwned, Flat: DeserializeOwned, T>(
    what: &str,
    page: &str,
    call: &Call<T>,
) {
    let bytes = page.as_bytes();
    let ours = allocations(|| call.read(bytes).unwrap());
    let plain = allocations(|| serde_json::from_slice::<peers::Page<Plain>>(bytes).unwrap());
    let flat = allocations(|| serde_json::from_slice::<peers::Page<Flat>>(bytes).unwrap());
    at_most(
        ours.count_total,
        plain.count_total,
        60,
        &format!("{what}: allocations, plain"),
    );
    at_most(
        ours.count_total,
        flat.count_total,
        25,
        &format!("{what}: allocations, flat"),
    );
    let held = |info: &AllocationInfo| u64::try_from(info.bytes_current).unwrap();
    at_most(held(&ours), held(&flat), 80, &format!("{what}: bytes held"));
    at_most(
        ours.bytes_max,
        flat.bytes_max,
        80,
        &format!("{what}: bytes at the peak"),
    );
}

#[test]
fn a_page_needs_less_memory_than_a_derived_page_without_custom_fields() {
    let client = Client::new("no-key").unwrap();
    let deals = client.v2().deals().list().into_call();
    page::<peers::PlainDeal, peers::FlatDeal, _>("deals", &data::page(100, data::deal), &deals);
    let quotations = client.v2().quotations().list().into_call();
    for lines in [0, 5] {
        let text = data::page(100, |numbers| data::quotation(numbers, lines));
        page::<peers::PlainQuotation, peers::FlatQuotation, _>(
            &format!("quotations with {lines} lines"),
            &text,
            &quotations,
        );
    }
}

#[test]
fn custom_fields_of_a_record_are_one_allocation() {
    let client = Client::new("no-key").unwrap();
    let list = client.v2().deals().list().into_call();
    let fields = data::custom_fields(&mut data::Numbers::new(1));
    let page = |record: &str, count| {
        let records = vec![record; count].join(",");
        let page = format!(r#"{{"data":[{records}],"meta":{{"hasMore":false}}}}"#);
        allocations(|| list.read(page.as_bytes()).unwrap()).count_total
    };
    let without = r#"{"id":"dl_1"}"#;
    let with = format!(r#"{{"id":"dl_1",{fields}}}"#);
    // The first record of a page allocates the buffers that the other records reuse.
    let of_a_hundred = |record| page(record, 101) - page(record, 1);
    assert_eq!(of_a_hundred(&with) - of_a_hundred(without), 100);
}
