//! Archives from outside: what comes out is what went in, and what nobody put in does not come out.

mod hostile;
mod laws;
mod made_up;
