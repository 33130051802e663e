"""Closed form of closed-loop serving; seconds and tokens. Derivation: report.md. For porting: Steps is
StepModel::step(StepBatch) (decode aggregates plus prefill aggregates), everything else scalar."""
import math
from dataclasses import dataclass


@dataclass
class Load:
    isl: float            # mean prompt tokens (0.9 x nominal for InferenceX)
    osl: float            # mean output tokens
    isl_width: float      # (longest - shortest) / mean; 0.2/0.9 for InferenceX, 0: all alike (unused)
    osl_width: float
    concurrency: float    # of one data-parallel group
    waves: float = 10     # requests in all / concurrency


@dataclass
class Settings:
    mixed: bool                # prompts join decode steps; else steps of their own, before decodes
    split: bool                # a prompt may be split over steps
    budget: float              # new tokens of one step (decode tokens count in mixed steps)
    max_seqs: float = 1e9      # sequences that run at once: flag, and what the KV cache holds
    recv_interval: float = 1   # decode steps between looks for new requests
    gather: float = 0          # decode steps that the first waiting prompt waits for others
    lag: float = 1             # steps between being seen and running (overlapped scheduling)
    front_latency: float = 0   # per request: HTTP, tokeniser, hand-over, first chunk
    front_serial: float = 0    # per request, one after the other (0: fit gives no evidence)
    stall: float = 0           # once, before the first wave's first token


class Steps:
    """decode(b, ctx): b sequences of ctx cached tokens. mixed(b, ctx, n, l): those and n prompts of l
    new tokens in one step; n may be fractional (a part of a prompt); b may be 0. Both include host
    overhead; mixed is not less than the host's time to launch an eager step."""
    def decode(self, b, ctx): raise NotImplementedError
    def mixed(self, b, ctx, n, l): raise NotImplementedError


def lockstep(steps, load, s):
    """All lengths alike, prefill first: waiting prompts stop the decodes, so the slots drift into one
    wave that is prefilled together and ends together. Exact (simulation agrees to the digit)."""
    L, O, C, m = load.isl, load.osl, load.concurrency, load.waves
    slots = min(C, s.max_seqs)
    ctx, out = L + O / 2, max(O - 1.0, 1e-9)
    g = min(slots, s.budget / L if s.split else max(1.0, math.floor(s.budget / L)))
    k = slots / g                                        # full prefill steps of a wave
    full = steps.mixed(0.0, ctx, g, L)
    mean = full * max((k + 1) / 2, 1.0)
    td = steps.decode(slots, ctx)
    F = s.front_latency + mean + (s.recv_interval - 1) / 2 * td
    D = out * td + max(k * full - mean, 0.0)             # the first prompts wait for the last
    period = k * full + out * td + s.front_latency
    queue = max(C - slots, 0.0) / slots * period
    return dict(ttft=F + s.stall / m + queue * (1 - 1 / (2 * m)), ttft_median=F + queue, tpot=D / out,
                throughput=slots * O / period, steady=F + queue, first=F + s.stall, b=slots, td=td,
                delta=full / g, n_mean=g, n_own=g)


def closed_loop(steps, load, s):
    L, O, C, m = load.isl, load.osl, load.concurrency, max(load.waves, 1.0)
    if load.osl_width == 0.0 and not s.mixed:
        return lockstep(steps, load, s)
    w_o = load.osl_width or 0.02                         # hosts and clocks jitter even then
    ctx, out = L + O / 2, max(O - 1.0, 1e-9)
    slots = min(C, s.max_seqs)
    if s.mixed and not s.split:                          # a whole prompt must fit beside the decodes
        slots = min(slots, max(1.0, s.budget - L))
    later = max(1, int(round(m)) - 1)                    # waves after the first
    b, F = slots, 0.0
    D = out * steps.decode(b, ctx)
    for _ in range(25):
        td = steps.decode(b, ctx)
        beside = b if s.mixed else 0.0
        room = max(s.budget - beside, 1.0)
        gmax = room / L if s.split else max(1.0, math.floor(room / L))   # prompts of a full step
        step = lambda n: steps.mixed(beside, ctx, n, L)
        base = td if s.mixed else 0.0
        gfull = min(gmax, slots)
        full = (step(gfull) - base) / gfull              # per prompt, in full steps
        cycle = D + F
        stagger, jitter = slots * full, w_o * D          # widths of a wave's arrivals
        interval = td * max(1.0, s.recv_interval, s.gather)
        n_mean = n_own = wait = 0.0
        n_typical = 1.0
        for w in range(1, later + 1):
            width = min(max(math.hypot(stagger, math.sqrt(w) * jitter), 1e-12), cycle)
            rho = min(slots * full / width, 1.0)         # prefill load while the wave arrives
            a = (slots - 1) * interval / width / max(1.0 - rho, slots ** -0.5)
            a = min(a, slots - 1)                        # others that come between two looks
            most = max(gmax, 1.0)
            own = min(1.0 + a, most)                     # prompts in the step of a given prompt
            mean = min(a / -math.expm1(-a) if a > 1e-9 else 1.0, most)   # in a prefill step
            if w == (later + 1) // 2:
                n_typical = 1.0 + max(0.0, min(own - 1.0, gmax) - 0.35)  # median of a Poisson
            n_own += own / later
            n_mean += mean / later
            wait += max(1.0 + a - most, 0.0) / 2 * full / later
        long_prompt = s.split and gmax < 1.0             # takes 1/gmax steps
        own_time = step(gmax) / gmax if long_prompt else step(n_own)
        n_prefill = min(n_mean, gmax)
        delta = (step(n_prefill) - base) / n_prefill     # by which a prompt delays the decodes
        running = td                                     # the step that runs when a request comes
        if s.mixed: running += min(slots / (jitter / td), 1.0) * delta
        look = ((s.recv_interval - 1) / 2 + s.gather * (1 + (n_own - 1) / 2) / n_own) * td
        F_new = max(running, s.front_latency + running / 2) + s.lag * running + look + wait + own_time
        others = min(slots / (D + F_new) * D, slots - 1) * (1 - 1 / (2 * m))   # prefills during D
        D_new = out * td + max(others, 0.0) * delta
        b_new = max(1.0, slots * D_new / (D_new + F_new))
        if abs(D_new - D) < 3e-4 * D and abs(F_new - F) < 1e-3 * max(F, 1e-9): break
        D, F, b = D + 0.9 * (D_new - D), F + 0.9 * (F_new - F), b + 0.9 * (b_new - b)
    typical = F - wait - own_time + (own_time if long_prompt else step(min(n_typical, n_own)))
    # first wave: `slots` prompts at once into an idle engine
    k = slots / gfull
    k = max((k + 1) / 2, 1.0) if s.split else (math.ceil(k - 1e-9) + 1) / 2
    # only the first of these steps has no decodes beside it
    first = step(gfull) * k - (step(gfull) - steps.mixed(0.0, ctx, gfull, L))
    serial = s.front_serial * (slots + 1) / 2 if s.front_serial * slots > first else 0.0
    first += s.stall + s.front_latency + serial
    # requests beyond the slots
    queue = max(C - slots, 0.0) * (D + F) / slots
    share = slots / C
    ttft = (share * first + (1 - share) * (F + queue / 2)) / m + (1 - 1 / m) * (F + queue)
    return dict(ttft=ttft, ttft_median=typical + queue, tpot=D / out,
                throughput=slots * O / (D + F), steady=F, first=first, b=b, td=td, delta=delta,
                n_mean=n_mean, n_own=n_own)
