"""Time of a dense GEMM, C[m,n] = A[m,k] B[k,n]: plain numpy, to be ported line by line.

A library owns a few tile shapes and picks one for each shape, with a split of k where few tiles
would leave units idle. For every candidate (tm, tn, s) of its tile set:

    tiles  = ceil(m/tm) ceil(n/tn),   x = tiles s / units
    waves  = max(1, x + wave (ceil(x) - x))                   wave 0: perfect balance, 1: whole waves
    step   = (2 tm tn + 2 side (tm + tn) + 2 widen tn) / (compute P / units)
    cta    = prologue + k_s max(step, k_latency) + write 2 tm tn units / B,   k_s = ceil64(k/s)
    t_c    = waves cta,    t_c *= 1 + sustain t_c / (t_c + 1 ms)
    cold   = n k w miss(n k w; keep_weights) + (m k a + m n o) miss(m k a + m n o; keep_values)
    t_m    = (cold / (bandwidth min(1, ...)) + warm / cache_ratio) / B,   warm: what is not cold
    split  = 0 if s = 1, else split_latency + split_step s + split_traffic 8 s m n / B
    t      = min over candidates of (t_c^p + t_m^p)^(1/p) + split
           + latency + quantise_row m + quantise_fill m / (m + quantise_rows) + m k (2 + a) / (quantise B)

    miss(b; f) = 1 / (1 + (f L2 / b)^sharpness);  1 where f = 0

An eager caller (vLLM's block FP8, not in a graph) takes (t^8 + host^8)^(1/8) of all that.
P, B, L2, units: the chip's dense peak of the computing type, memory bandwidth, cache, units.
w, a, o: bytes of a weight, an activation as multiplied, an output (2).
"""
import numpy as np

POW2 = (16, 32, 64, 128, 256)
SPLITS = (1, 2, 4, 8, 16, 32, 64)

def _pairs(rows, columns, swap, area=256 * 128):
    out = set()
    for r in rows:
        for c in columns:
            if r * c <= area:
                out.add((r, c))
                if swap:
                    out.add((c, r))
    return sorted(out)

#: name -> ([(tm, tn)], splits, rows follow m (lo, hi) or None)
TILE_SETS = {
    # a tuned library (cuBLAS, hipBLASLt, aiter): both orientations, split-K
    'split': (_pairs((64, 128, 256), POW2, True), SPLITS, None),
    # no split-K, rows never under 64 (DeepGEMM, FlashInfer CuteDSL)
    'single': (_pairs((64, 128, 256), POW2, False), (1,), None),
    # CUTLASS with a dispatch on m: rows = m rounded up to a power of two in [64, 256]
    'rows64': (_pairs((64, 128, 256), (64, 128, 256), False), (1,), (64, 256)),
    # the same in [16, 256], with split-K
    'rows16': (_pairs(POW2, (32, 64, 128, 256), False), SPLITS, (16, 256)),
}

DEFAULTS = dict(bsm=40., t0=1e-7, al=.3, dq=0., eq=0., rq=0., la=0., lc=0., lb=1., lx=4., host=0.,
                hs=0., hu=0., h4=0., qs=0., qm=1.)

def gemm_time(m, n, k, chip, p, weights=2., activations=2., outputs=2.):
    """m, n, k: arrays. chip: dict(units, peak [flop/s], bandwidth [B/s], cache [B]), scalars or
    arrays. p: parameters, `tiles` among them. Returns seconds."""
    p = {**DEFAULTS, **p}
    m, n, k = (np.asarray(v, float) for v in (m, n, k))
    u, P, B, L = (np.broadcast_to(np.asarray(chip[x], float), m.shape)
                  for x in ('units', 'peak', 'bandwidth', 'cache'))
    rate = p['ec'] * P / u
    wb = n * k * weights
    ab = m * k * activations + m * n * outputs
    miss = lambda b, f: 1 / (1 + (f * L / b) ** p['lx']) if f > 0 else np.ones_like(b)
    mw, ma = miss(wb, p['lc']), miss(ab, p['la'])
    cold = wb * mw + ab * ma
    warm = (wb * (1 - mw) + ab * (1 - ma)) / p['lb']
    tiles_, splits, follow = TILE_SETS[p['tiles']]
    if follow:
        want = np.clip(2. ** np.ceil(np.log2(np.maximum(m, 1))), *follow)
    best = np.full(m.shape, np.inf)
    for tm, tn in tiles_:
        count = np.ceil(m / tm) * np.ceil(n / tn)
        step = (2 * tm * tn + 2 * p['h'] * (tm + tn) + 2 * p['dq'] * tn) / rate
        for s in splits:
            x = count * s / u
            waves = np.maximum(1, x + p['q'] * (np.ceil(x) - x))
            ks = np.ceil(k / s / 64) * 64
            cta = p['t0'] + ks * np.maximum(step, p['tk']) + tm * tn * 2 * p['ew'] * u / B
            tc = waves * cta
            tc = tc * (1 + p['es'] * tc / (tc + 1e-3))
            t_m = (cold / np.minimum(p['eb'], p['bsm'] * np.minimum(x, 1)) + warm) / B
            t = (tc ** p['p'] + t_m ** p['p']) ** (1 / p['p'])
            if s > 1:
                t = t + p['ts'] + p['tr'] * s + s * m * n * 8 / B * p['al']
                t = np.where(k / s < 128, np.inf, t)
            if follow:
                t = np.where(tm == want, t, np.inf)
            best = np.minimum(best, t)
    t = best + p['lat'] + p['rq'] * m + p['qs'] * m / (m + p['qm'])
    if p['eq'] > 0:
        t = t + m * k * (2 + activations) / (p['eq'] * B)
    if p['host'] > 0:
        h = np.full(m.shape, p['host'])
        h = h * np.where(m < 32, p['hs'] or 1, 1)                       # another kernel, fewer launches
        h = h * np.where((n < 64) | (k < 128), p['hu'] or 1, 1)         # shape that needs padding
        h = h * np.where(m % 4 != 0, p['h4'] or 1, 1)                   # rows that need padding
        t = (t ** 8 + h ** 8) ** .125
    return t

def board_power(flops_per_s, bytes_per_s, active, limit, flop_energy, byte_energy):
    """W: P = min(limit, active + e_flop F/t + e_byte B/t)."""
    return np.minimum(limit, active + flop_energy * flops_per_s + byte_energy * bytes_per_s)
