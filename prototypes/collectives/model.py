"""Collectives inside one scale-up domain. Times in us, sizes in bytes, bandwidth GB/s per direction and rank.

NCCL (one set of parameters per family and op):
    V  = (n-1)/n S  (all_gather, reduce_scatter, alltoall; S = bytes of the whole result / input)
         2 (n-1)/n S (all_reduce)
    Bn = B (2/n)^contention          0 behind a switch; about 2 where ranks share PCIe roots and host memory
    protocol p of (low latency, bulk):
        t_p = latency_p + hop_p (n-1) + ramp_p V/(V + knee_p) + V/(fraction_p Bn)
      hop_p: one step of the ring (alltoall: of the post of one peer); ramp: pipeline fill, that grows with the
      chunk until the chunk is at its largest (bulk), or until all channels take part (low latency)
    in-network (all_reduce of 16-bit types where switches add, n > 2):
        t_s = latency_s + (n+1)/n S / (fraction_s B)
    t  = (sum t_p^-q)^(-1/q)         the library picks the faster, q = 12

Framework's own all-reduce kernels (one set per family and framework):
    one-shot   latency_1 + hop_1 (n-1) + (n-1) S / (fraction_1 Bn)
    two-shot   latency_2 + hop_1 (n-1) + 2 (n-1)/n S / (fraction_2 Bn)
    custom     = faster of both
    middle     latency_m + S (n/2)^-tilt / (fraction_m Bn)     (only where limit_m > limit_c: symmetric-memory kernels)
    t = custom  for S < limit_c (n/8)^-limit_tilt;  middle for S < limit_m (n/8)^limit_m_tilt;  NCCL beyond
    eager (host: launch time of the machine's host, a property of the server, not of the GPU):
      t = max(host, t + 2 S / (copy * memory bandwidth))  (buffer copied into a registered one)
"""
import numpy as np
Q = 12.0

def bandwidth(B, n, p):
    return B * (2.0 / n) ** p.get('contention', 0.0)

def softmin(ts):
    ts = np.array(ts); m = ts.min(axis=0)
    return m * ((ts / m) ** -Q).sum(axis=0) ** (-1 / Q)

def nccl(op, n, S, B, p, sixteen=True, switch_adds=True):
    """n, S arrays; B GB/s"""
    V = (n - 1) / n * S * (2.0 if op == 'all_reduce' else 1.0)
    b = bandwidth(B, n, p) * 1e3       # bytes per us
    ts = []
    for k in ('ll', 'bulk'):
        ts.append(p['latency_' + k] + p['hop_' + k] * (n - 1) + p['ramp_' + k] * V / (V + p['knee_' + k])
                  + V / (p['fraction_' + k] * b))
    if 'fraction_switch' in p:
        t = p['latency_switch'] + (n + 1) / n * S / (p['fraction_switch'] * B * 1e3)
        ok = np.broadcast_to(np.asarray(sixteen & switch_adds & (n > 2)), np.shape(S))
        ts.append(np.where(ok, t, 1e30))
    return softmin(ts)

def framework_all_reduce(n, S, B, p, nccl_p, eager, memory_bandwidth=None, switch_adds=True, host=None):
    b = bandwidth(B, n, p) * 1e3
    one = p['latency_1'] + p['hop_1'] * (n - 1) + (n - 1) * S / (p['fraction_1'] * b)
    two = p['latency_2'] + p['hop_1'] * (n - 1) + 2 * (n - 1) / n * S / (p['fraction_2'] * b)
    custom = softmin([one, two])
    far = nccl('all_reduce', n, S, B, nccl_p, True, switch_adds) * p.get('nccl_scale', 1.0)
    t = far
    if 'limit_m' in p:
        mid = p['latency_m'] + S * (n / 2.0) ** -p['tilt_m'] / (p['fraction_m'] * b)
        t = np.where(S < p['limit_m'] * (n / 8.0) ** p['limit_m_tilt'], mid, far)
    t = np.where(S < p['limit_c'] * (n / 8.0) ** -p['limit_tilt'], custom, t)
    if eager is not None and np.any(eager):
        te = np.maximum(host if host is not None else p['host'], t + 2 * S / (p['copy'] * memory_bandwidth * 1e3))
        t = np.where(eager, te, t)
    return t
