#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| loadlift_fuzz::bench::check(input));
