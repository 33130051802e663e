"""Closed forms for attention kernels. s: dict of arrays (shape columns, chip figures P (dense 16-bit
peak, flop/s), P8 (8-bit), B (bytes/s), U (units), L2 (bytes)); p: dict of parameters. Times in s."""
import numpy as np

def residency(by,s,p):
    """share of `by` bytes that a cache left warm by the benchmark still holds: all up to res*L2, none past
    twice that (cyclic reuse under LRU). res = 0 in a running engine (other layers pass between)."""
    return np.clip(2-by/np.maximum(p['res']*s['L2'],1.),0,1)

def attention_decode(s,p):
    b,L,H,K,D,W=[s[c] for c in('batch','kv_len','num_heads','num_kv_heads','head_dim','window')]
    kvb=np.where(s['kv_dtype']=='fp8',1.,2.)
    g=H/K
    win=(W>0)&(L>W)
    # query heads not packed: one CTA per query head
    un=(g>p['gmax'])|((g<=1)&(p['plain1']>0))|((W>0)&(p['plainw']>0))
    rows=np.where(un,1,np.minimum(g,p['pack']))
    items=b*np.where(un,H,K*np.ceil(g/p['pack']))
    span=np.where(win,W,L)
    T=p['T']*np.where(p['tscale']>0,np.minimum(1,128/D),1.)
    tiles=np.where(un,span/T,np.ceil(span/T)+win*1.)       # a window straddles one tile more
    slots=s['U']*p['occ']
    can=(items<0.8*slots)&~(un&(p['splitu']<=0))
    sp=np.where(can,np.clip(np.minimum(np.floor(slots/items),np.ceil(tiles/p['mint'])),1,p.get('smax',128)),1)
    tpc=np.where(un,tiles/sp,np.ceil(tiles/sp))
    w=items*sp/slots
    full=np.minimum(w,1)
    w=np.maximum(1,w+p['q']*(np.ceil(w)-w))
    by=2*b*span*K*D*kvb
    hit=residency(by,s,p)
    load=T*D*2*kvb/(np.where(un,p['smbwu'],p['smbw'])*1e9)
    mma=4*T*rows*D/(p['ec']*s['P']/s['U'])
    c1=p['tile']*1e-6+(load+mma if p.get('ov',0)<=0 else (load**4+mma**4)**.25)   # ov: loads run under the products
    c0=np.where(un,p['c0u'],p['c0'])*1e-6+rows*D*p['cr']*1e-9
    tc=(w-1)*c0+full*p['ramp']*1e-6+w*tpc*c1
    tm=(by*(1-hit)+by*hit/p['l2']+4*b*H*D+8*b*H*D*np.where(sp>1,sp,0))/(p['eb']*s['B'])
    split=np.where((L>p['Ls'])&can&(p.get('smax',128)>1),p['comb'],0.)*1e-6
    odd=np.where(D==192,p['odd'],0.)*1e-6             # head sizes that kernels do not have are padded by a copy
    odd=odd+np.where(un,p.get('latu',0.),0.)*1e-6+np.where(D<=64,p.get('small',0.),0.)*1e-6
    return p['lat']*1e-6+split+odd+(tc**p['p']+tm**p['p'])**(1/p['p'])

def prefill_core(s,p,b,n,past,H,K,Dk,Dv,W,kvb,P,qb,packable):
    g=H/K
    TM,TN=p['TM'],p['TN']
    slots=s['U']*p['occ']
    wide=np.where((Dk>=256)&(Dk==Dv),p.get('wide',1.),1.)       # wide heads spill registers on some chips
    c1=TM*TN*(2*wide*(Dk+Dv)/(p['ec']*P/s['U'])+1/(p['ex']*1e9))+p['tile']*1e-6
    c0=p['c0']*1e-6+TM*(Dk+Dv)*p['cr']*1e-9
    by=2*b*n*H*(Dk*qb/2+Dv)+b*(n+past)*K*(Dk+Dv)*kvb
    hit=residency(by,s,p) if p.get('res',0)>0 else 0.
    tm=by*(1-hit+hit/p.get('l2',4.))/(p['eb']*s['B'])
    def core(rows,items_bh,extra):
        # rows of one (sequence, head group); a row tile spans TM/extra tokens
        R=np.ceil(rows/TM)
        tok=TM/extra
        full=np.where(W>0,np.minimum(R,np.ceil(W/tok)+1),R)     # row tiles that see everything before them
        ramp=full*(np.minimum(tok,n)+np.minimum(full*tok,n))/2
        flat=(R-full)*(np.minimum(W,n)+tok)
        pk=np.where(W>0,np.minimum(past,W),past)
        keys=(ramp+flat)/R+pk
        avg=np.maximum(keys/TN,1.)+np.where((R>1)|(W>0)&(n>W),p['edge'],0)
        last=np.maximum(1.,np.where((W>0)&(n>W),np.minimum(W,n)+tok,n)+pk)
        last=np.ceil(np.maximum(last,1)/TN)
        items=items_bh*R
        w=items/slots
        fl=np.minimum(w,1)
        w=np.maximum(w,0)
        w=w+p['q']*np.maximum(np.ceil(w)-w,0)
        tall=w*(c0+avg*c1)
        tmax=fl*p['ramp']*1e-6+c0+last*c1
        return (tall**p['ps']+tmax**p['ps'])**(1/p['ps'])
    tc=core(n,b*H,1.)
    if packable: tc=np.minimum(tc,core(n*g,b*K,g)*p['pk'])
    tc=tc*(1+p['sus']*tc/(tc+3e-3))
    pre=2*b*n*(p['pass_']*H*Dk+p['passk']*K*(Dk+Dv))*(1-hit+hit/p.get('l2',4.))/(p['eb']*s['B'])+np.where(Dk==192,p['odd'],0.)*1e-6
    return p['lat']*1e-6+pre+(tc**p['p']+tm**p['p'])**(1/p['p'])

def attention_prefill(s,p):
    b,n,past,H,K,D,W=[s[c] for c in('batch','isl','past_kv','num_heads','num_kv_heads','head_dim','window')]
    kvb=np.where(s['kv_dtype']=='fp8',1.,2.)
    f8=s['dtype']=='fp8'
    return prefill_core(s,p,b,n,past,H,K,D,D,W,kvb,np.where(f8,s['P8'],s['P']),2.,p['packs']>0)

def mla_decode(s,p):
    b,L,H=[s[c] for c in('batch','kv_len','num_heads')]
    kvb=np.where(s['kv_dtype']=='fp8',1.,2.)
    P=np.where((kvb==1)&(p['fp8mma']>0),s['P8'],s['P'])
    blocks=np.ceil(H/p['pack'])
    rows=np.minimum(H,p['pack'])
    items=b*blocks
    T=p['T']
    tiles=np.ceil(L/T)
    slots=s['U']*p['occ']
    can=items<0.8*slots
    sp=np.where(can,np.clip(np.minimum(np.floor(slots/items),np.ceil(tiles/p['mint'])),1,p['smax']),1)
    tpc=np.ceil(tiles/sp)
    w=items*sp/slots
    full=np.minimum(w,1)
    w=np.maximum(1,w+p['q']*(np.ceil(w)-w))
    by=576*kvb*b*L
    hit=residency(by,s,p)
    c1=p['tile']*1e-6+T*576*kvb/(p['smbw']*1e9)+2*1088*T*np.maximum(rows,p['minrows'])/(p['ec']*P/s['U'])
    c0=p['c0']*1e-6+rows*1088*p['cr']*1e-9
    tc=(w-1)*c0+full*p['ramp']*1e-6+w*tpc*c1
    tm=(by*(1-hit)+by*hit/p['l2']+2*b*H*1088+8*b*H*512*np.where(sp>1,sp,0))/(p['eb']*s['B'])
    split=np.where((L>p['Ls'])&can&(p['smax']>1),p['comb'],0.)*1e-6
    return p['lat']*1e-6+split+(tc**p['p']+tm**p['p'])**(1/p['p'])

def mla_prefill(s,p):
    """absorbed > 0: queries of all heads packed over the shared latent (576 and 512 values); else heads of 192 and 128"""
    b,n,past,H=[s[c] for c in('batch','isl','past_kv','num_heads')]
    zero=np.zeros_like(b)
    if p.get('absorbed',0)>0:
        kvb=np.where(s['kv_dtype']=='fp8',1.,2.)
        return prefill_core(s,dict(p,packs=1),b,n,past,H,np.ones_like(b),576.,512.,zero,kvb,s['P'],2.,True)
    return prefill_core(s,p,b,n,past,H,H,192.,128.,zero,2.,s['P'],2.,False)

def scan_prefill(s,p):
    """chunked gated delta rule: chain of chunks within each (sequence, head), all chains side by side"""
    b,n,hk,hv,dk,dv=[s[c] for c in('batch','seq_len','num_k_heads','num_v_heads','head_k_dim','head_v_dim')]
    C=64.
    ch=np.ceil(n/C)
    w=b*hv/(s['U']*p['occ'])
    w=np.maximum(1,w+p['q']*(np.ceil(w)-w))
    chain=(p['seq0']+ch*p['chunk'])*w*1e-6
    tok=b*ch*C
    fl=tok*hv*(4*C*(dk+dv)+6*dk*dv)
    by=b*n*2*(2*hk*dk+2*hv*dv)*p['passes']+2*b*hv*dk*dv*4*(1+ch*p['states'])
    h=residency(by,s,p) if p.get('res',0)>0 else 0.
    par=fl/(p['ec']*s['P'])+by*(1-h+h/p.get('l2',4.))/(.85*s['B'])
    return p['lat']*1e-6+(chain**p['p']+par**p['p'])**(1/p['p'])
def scan_decode(s,p):
    b,hk,hv,dk,dv=[s[c] for c in('batch','num_k_heads','num_v_heads','head_k_dim','head_v_dim')]
    by=2*b*hv*dk*dv*p['sb']+b*2*(2*hk*dk+2*hv*dv)
    h=residency(by,s,p) if p.get('res',0)>0 else 0.
    x=by*(1-h+h/p.get('l2',4.))/(p['eb']*s['B']); y=b*hv*p['item']*1e-6/s['U']
    return p['lat']*1e-6+(x**p['p']+y**p['p'])**(1/p['p'])
def conv(s,p):
    b,n,hk,hv,dk,dv,dc=[s[c] for c in('batch','seq_len','num_k_heads','num_v_heads','head_k_dim','head_v_dim','d_conv')]
    chn=2*hk*dk+hv*dv
    by=b*n*chn*4*p['passes']+b*chn*(dc-1)*4
    h=residency(by,s,p) if p.get('res',0)>0 else 0.
    x=by*(1-h+h/p.get('l2',4.))/(.85*s['B']); y=b*np.ceil(n/p['blk'])*np.ceil(chn/256)*p['item']*1e-6/s['U']
    return p['lat']*1e-6+p['seq']*1e-6*b+(x**p['p']+y**p['p'])**(1/p['p'])
