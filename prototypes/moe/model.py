"""Routed experts of one layer on one rank (permutation, two grouped GEMMs, activation, sum of copies). us, bytes.  See report.md."""
import numpy as np

def z_max(n):
    """Expected maximum of n standard normals (Gumbel limit with its second-order terms), 0 for one."""
    n = np.maximum(n, 1.0)
    l = np.sqrt(2 * np.log(np.maximum(n, 2.0)))
    z = l - (np.log(np.log(np.maximum(n, 2.0))) + np.log(4 * np.pi)) / (2 * l) + 0.5772 / l
    return np.where(n > 1, z, 0.0)

class Load:
    """How M tokens of top-k fall on the L = E/ep experts of the busiest rank.
    kind 0 balanced, 1 power law (exponent alpha), 2 uniform draw."""
    def __init__(s, M, E, k, ep, kind, alpha, legacy=False):
        L = E / ep; mean = M * k / ep
        s.M, s.L, s.E, s.k, s.kind, s.alpha = M, L, E, k, kind, alpha
        c = 1 - np.where(kind == 1, alpha, 1.01)
        a = np.where(M * k > E, 1.0, 0.01); b = np.where(M * k > E, np.maximum(0.8 * M, 1.5), 2.0)
        norm = b ** c - a ** c
        mom = lambda q: c * (b ** (q + c) - a ** (q + c)) / (norm * (q + c))
        m1 = mom(1); v = np.maximum(mom(2) / m1 ** 2 - 1, 1e-3)
        # a small batch is drawn in whole rows: its counts scatter by about 0.4 of a Poisson draw
        kap = 1 / (v / L + np.where(M * k > E, 0.0, 0.4 / mean))                       # gamma of the same mean and variance, Wilson-Hilferty
        g = np.maximum(1 - 1 / (9 * kap) + z_max(ep) / (3 * np.sqrt(kap)), 1.0) ** 3
        g = (g ** -4 + (b / m1) ** -4) ** -0.25
        g = np.where(ep > 1, np.clip(g, 1.0, ep), 1.0)
        s.R = np.where(kind == 1, np.maximum(mean * g, 1.0), np.where(kind == 0, np.maximum(mean, 1.0), mean))
        sc = s.R / (L * m1)                                # rows = sc * x, x in [a, b]
        s.c, s.lo, s.hi, s.norm = c, a * sc, b * sc, norm * sc ** c
        left = np.clip(1 - L * s.above(0.5) / s.R, 0, 1) * s.R        # rows lost to rounding go one each to the largest
        As = np.minimum(np.maximum(np.maximum(L * s.surv(0.5), np.minimum(left, L)), 1.0), s.R)
        Au = np.maximum(np.minimum(L * (1 - (1 - k / E) ** M), s.R), np.minimum(1.0, s.R))
        # the 2025 collector: rows left over by rounding go to the experts of the first rank before others
        spill = np.where(legacy & (kind == 1), np.clip(left * ep - ep * L * s.surv(0.5), 0, L), 0.0)
        As = np.maximum(As, spill); s.R = np.maximum(s.R, spill)
        s.A = np.where(kind == 1, As, np.where(kind == 0, np.minimum(L, np.maximum(np.ceil(s.R), 1.0)), Au))
    def surv(s, y):
        y = np.clip(y, s.lo, s.hi)
        return (s.hi ** s.c - y ** s.c) / s.norm
    def above(s, y):
        """E[x; x > y]"""
        y = np.clip(y, s.lo, s.hi)
        return s.c * (s.hi ** (1 + s.c) - y ** (1 + s.c)) / (s.norm * (1 + s.c))
    def tiles(s, tm):
        """sum over experts of ceil(rows / tm)"""
        each = s.R / s.A
        bal = s.A * np.ceil(each / tm - 1e-9)
        uni = s.A * np.maximum(1.0, each / tm + 0.5)
        pl = np.maximum(s.A - s.L * s.surv(tm), 0) + s.L * (s.above(tm) / tm + .5 * s.surv(tm))
        return np.where(s.kind == 1, pl, np.where(s.kind == 0, bal, uni))

GAIN = 5.0      # cache over main-memory bandwidth
TAIL = 0.5      # expected part of a last wave
RESIDENT = 0.5  # share of the described L2 in which weights survive between runs; 1.0 where it is one piece (ada)

def tile_rows(load, p):
    """Rows of a tile: what the library expects an expert to get (it knows M, k, E, not the routing), as a power of two"""
    want = p['tile_share'] * load.M * load.k / load.E
    return np.clip(2.0 ** np.ceil(np.log2(np.maximum(want, 1.0)) - 1e-9), p['tile_min'], p['tile_max'])

def grouped(load, N, K, d, p):
    """one grouped GEMM. d: peak (flop/us), units, bw (bytes/us), l2, w, a (bytes per value)"""
    tn = p['columns']
    cols = np.maximum(N / tn, 1.0)
    tm = d['tm']
    x = d['tiles'] * cols / d['units']
    tc = np.maximum(1.0, x + TAIL) * 2 * (tm + p['t0']) * np.minimum(tn, N) * K * d['units'] / (p['compute'] * np.maximum(1 / d['ep'], p.get('sharded', 1.0)) * d['peak'])
    x = load.A * cols / d['units']
    weights = load.A * N * K * d['w']
    hit = 1 / (1 + (d['foot'] / (p.get('resident', RESIDENT) * d['l2'])) ** 4)
    byt = weights * (1 - hit * (1 - 1 / GAIN)) + load.R * (K * d['a'] + 2 * N)
    tm_ = byt / (p['bandwidth'] * d['bw']) * np.sqrt(1 + (p['fill'] / x) ** 2)
    q = p['blend']
    m = np.maximum(tc, tm_)
    return m * ((tc / m) ** q + (tm_ / m) ** q) ** (1 / q)

def parts(s, p):
    """s: M,H,I(per tp),k,E,ep,gate(2|1),load + chip figures"""
    L = s['load']; d = dict(s)
    g = p.get('pad', 1)
    I = np.ceil(s['I'] / g) * g
    d['foot'] = L.A * s['H'] * I * (s['gate'] + 1) * d['w']
    d['tm'] = tile_rows(L, p); d['tiles'] = L.tiles(d['tm'])
    up = grouped(L, s['gate'] * I, s['H'], d, p)
    down = grouped(L, s['H'], I, d, p)
    wide = (s['gate'] + 1.0) * I
    copies = s['M'] * s['k']
    def swept(b):   # what fits stays in the cache between producer and consumer
        return b / d['bw'] / (1 + (p.get('sweep', GAIN) - 1) / (1 + (b / (p.get('resident', RESIDENT) * d['l2'])) ** 2))
    act = swept(2 * (p['rows'] * L.R + p['all_i'] * copies) * wide)
    move = swept(2 * (p['rows'] * L.R + p['all_h'] * copies) * s['H'])
    fixed = p['latency'] + p['ramp'] * s['M'] / (s['M'] + p['ramp_tokens']) + p['per_expert'] * s['E'] / s['ep']
    return fixed, up, act, down, move

def moe(s, d, p):
    return sum(parts(s, p))
