//! tmp
use staniel_facts::*; use staniel_graph::*;
fn cpu() -> u64 { std::fs::read_to_string("/proc/thread-self/schedstat").unwrap().split(' ').next().unwrap().parse().unwrap() }
#[test] fn scale() {
    let n = 100_000u64; let p: Vec<RelPath> = (0..n).map(|i| RelPath::new(format!("pkg{}/sub{}/module_{i}.py", i % 50, i % 1000)).unwrap()).collect();
    let mut g = Graph::new();
    let t = cpu();
    for i in 0..n as usize { let to: Vec<RelPath> = (1..=10).map(|k| p[(i * 7 + k * 7919 * (k % 3 + 1)) % if i % 100 == 0 { n as usize } else { i + 1 }].clone()).collect(); g.set(&p[i], &to); }
    eprintln!("build {}ms", (cpu() - t) / 1_000_000);
    let t = cpu(); let c = g.components().len(); eprintln!("components {c} {}ms", (cpu() - t) / 1_000_000);
    let local = |p: &RelPath| Digest([p.as_str().len() as u8; 32]);
    let t = cpu(); let mut d = g.digests(local); eprintln!("digests {}ms", (cpu() - t) / 1_000_000);
    let t = cpu(); let x = g.update_digests(&mut d, &[p[99_999].clone()], local); eprintln!("no-op {}us {}", (cpu() - t) / 1000, x.len());
    let t = cpu(); let x = g.update_digests(&mut d, &[p[99_998].clone()], |_| Digest([9; 32])); eprintln!("leaf {}us {}", (cpu() - t) / 1000, x.len());
    let t = cpu(); let x = g.reaching([&p[5]]); eprintln!("reaching {} {}ms", x.len(), (cpu() - t) / 1_000_000);
    let t = cpu(); let x = g.shortest_chain(&p[99_999], &p[3]); eprintln!("chain {:?} {}ms", x.map(|x| x.len()), (cpu() - t) / 1_000_000);
}
