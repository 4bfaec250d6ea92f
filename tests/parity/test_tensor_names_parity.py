"""Names of torch about memory, places, parts, storages and settings: each expression gives what PyTorch gives.

Compared are the type, shape, values and node of what it gives, or the class and first line of its error.
"""

import warnings

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch")

HISTOGRAMS = """
t.histogram(x,4) | t.histogram(x,4,range=(0,10)) | t.histogram(x,c3) | t.histogram(x,c3,weight=x)
t.histogram(x,4,density=True) | t.histogram(x,0) | t.histogram(x,3,range=(1,0)) | t.histogram(x,3,range=(1,))
t.histogram(i,3) | t.histogram(x,3,weight=x[0]) | t.histogram(x,3,weight=x.float()) | t.histogram(x,c3.float())
t.histogram(x,c3[None]) | t.histogram(x[:0],3) | t.histogram(t.ones(3),2) | t.histogram(t.tensor([float('nan'),1]),2)
t.histogram(t.tensor([float('nan'),1]),2,range=(0,1)) | t.histogram(x,3,range=(0,float('inf')))
t.histogram(x,2,range=(1,1)) | t.histogram(x,c3[:0]) | t.histogram(x,c3[:1])
t.histogram(x,3,out=(t.empty(0,dtype=d),t.empty(0,dtype=d))) | t.histogram(x,3,out=(t.empty(0),t.empty(0)))
t.histogram(x,t.tensor([3.,2,1],dtype=d)) | t.histogram(x.half(),3) | x.histogram(3) | t.histogramdd(x,[2,2,2,2])
t.histogramdd(x,3) | t.histogramdd(x,[2,2]) | t.histogramdd(x[:,:2],[2,3],range=[0,10,0,20])
t.histogramdd(x[:,:2],[2,3],range=[0,10]) | t.histogramdd(x[:,:2],[c3,c4])
t.histogramdd(x[:,:2],2,weight=c3,density=True) | t.histogramdd(x[0],2) | t.histogramdd(t.ones(2,3,2),2)
t.histogramdd(x[:,:2],2,weight=c4) | t.histogramdd(x[:,:2],(2,2))[1]
"""

PARTS = """
t.segment_reduce(x,'mean',lengths=t.tensor([0,3])) | t.segment_reduce(x,'max',lengths=t.tensor([0,3]))
t.segment_reduce(x,'sum',lengths=t.tensor([1,3])) | t.segment_reduce(x,'sum',lengths=t.tensor([1,1]),unsafe=True)
t.segment_reduce(x,'sum',offsets=t.tensor([1,3])) | t.segment_reduce(x,'foo',lengths=t.tensor([3]))
t.segment_reduce(x,'sum') | t.segment_reduce(x,'sum',lengths=t.tensor([3]),offsets=t.tensor([0,3]))
t.segment_reduce(x,'sum',indices=t.tensor([3]))
t.segment_reduce(x,'sum',lengths=t.tensor([[2,2],[1,3],[4,0]]),axis=1)
t.segment_reduce(x,'sum',lengths=t.tensor([[2,2],[1,3],[4,0]])) | t.segment_reduce(x,'sum',lengths=t.tensor([1.,2]))
t.segment_reduce(x,'sum',lengths=t.tensor([-1,4])) | t.segment_reduce(x,'mean',lengths=t.tensor([1,2]),initial=10)
t.segment_reduce(x,'mean',lengths=t.tensor([0,3]),initial=10)
t.segment_reduce(x,'max',lengths=t.tensor([1,2]),initial=10) | t.segment_reduce(i,'sum',lengths=t.tensor([2]))
t.segment_reduce(x,'sum',lengths=t.tensor([1,2]),axis=1) | t.segment_reduce(x[:0],'sum',lengths=t.tensor([0]))
t.segment_reduce(r,'max',lengths=t.tensor([2])) | x.index_reduce(0,i,x[:2],'mean',include_self=False)
x.index_reduce(0,i,x[:2].float(),'amax') | i.index_reduce(0,i*0,i+3,'mean')
x.index_reduce(0,i[:0],x[:0],'amax',include_self=False) | (x+1j).index_reduce(0,i,x[:2]+1j,'prod')
x.clone().index_reduce_(0,i,x[:2],'prod') | r.index_reduce(0,i,r,'prod')
"""

DIFFERENCES = """
t.gradient(x,spacing=[2.]) | t.gradient(x,spacing=(c3,)) | t.gradient(x,spacing=(c3[None],c4))
t.gradient(x,edge_order=3) | t.gradient(x[:1]) | t.gradient(x[:2],edge_order=2) | t.gradient(t.arange(4))
t.gradient(t.arange(4,dtype=t.uint8)) | t.gradient(x,dim=(0,0)) | t.gradient(x,dim=5) | t.gradient(x,dim=())
t.gradient(t.tensor(1.)) | t.gradient(x>3) | t.gradient(x+1j,dim=0)
t.gradient(x,spacing=[c3,c4],dim=(0,1),edge_order=2) | t.gradient(t.arange(4),spacing=2)
t.gradient(x,spacing=1j,dim=0) | t.gradient(x,spacing=[2],dim=0) | t.gradient(x,spacing=[2,3],dim=0)
t.gradient(t.arange(4),spacing=(c4,)) | t.gradient(x.float(),spacing=0.5) | t.gradient(r) | t.gradient(input=x)
"""

COMPLEX = """
t.complex(x,x.float()) | t.complex(i,i) | t.complex(x,x[0]) | t.complex(x,x,out=t.empty(0,dtype=t.complex128))
t.polar(i,i) | t.polar(x,x.float()) | t.polar(-x,x)
t.frexp(t.tensor([0.,float('inf'),float('nan'),-3,5e-324],dtype=d)) | t.frexp(x.half())
t.frexp(x,out=(t.empty(0),t.empty(0))) | t.frexp(t.tensor([1j])) | t.frexp(x[:0]) | x.frexp() | t.complex(r,r)
t.polar(r,r) | t.complex(real=x,imag=x) | t.polar(abs=x,angle=x) | t.view_as_complex(t.zeros(4,3)[:,:2])
t.view_as_complex(t.zeros(9)[1:].view(4,2)) | t.view_as_complex(t.zeros(0,2)) | t.view_as_complex(t.zeros(2))
t.view_as_real(t.zeros(3,2,dtype=t.complex64).T).stride()
t.view_as_complex(r.detach().repeat(1,2)[:, :2].contiguous()).conj().imag
"""

NORMS = """
t.renorm(x,float('inf'),-1,1) | t.renorm(i[None],2,0,1) | t.renorm(x+1j,2,0,1) | x.clone().renorm_(2,0,1)
t.renorm(x,1j,0,1) | t.renorm(x,p=1,dim=0,maxnorm=1) | t.renorm(x.half(),2,0,1) | t.renorm(x.float(),2,0,1)
t.renorm(x,2,0,1,out=t.empty(0,dtype=d)) | t.renorm(x[:,:0],2,0,1)
"""

PLACES = """
t.isin(1,i) | t.isin(x,i,assume_unique=True) | t.isin(x+1j,x+1j) | t.isin(t.tensor([True]),i) | t.isin(i,t.tensor(1.))
t.isin(t.tensor([float('nan')]),t.tensor([float('nan')])) | t.isin(elements=x,test_elements=i)
t.isin(x,test_element=1) | t.isin(element=1,test_elements=i) | t.isin(r,r) | t.isin(x,1,out=t.empty(0,dtype=t.bool))
t.isin(x.half(),1.5) | t.unravel_index(t.tensor(4),6) | t.unravel_index(x,(2,3))
t.unravel_index(t.tensor([7]),(2,3)) | t.unravel_index(t.tensor([-1]),(2,3))
t.unravel_index(t.tensor([4]),t.Size([2,3])) | t.unravel_index(t.tensor([4]),[2.,3])
t.unravel_index(t.tensor([4]),(2,-3)) | t.unravel_index(t.tensor([],dtype=t.int64),(2,3))
t.unravel_index(t.tensor(3,dtype=t.int32),(2,3)) | t.nonzero_static(x,size=7,fill_value=3)
t.nonzero_static(x,size=-1) | t.nonzero_static(t.tensor(1),size=2) | t.nonzero_static(x,size=0)
x.nonzero_static(size=2) | t.hash_tensor(x) | t.hash_tensor(x,1) | t.hash_tensor(x,keepdim=True) | t.hash_tensor(i)
t.hash_tensor(x>3) | t.hash_tensor(x,mode=1) | t.hash_tensor(x+1j) | t.hash_tensor(x[:0]) | t.hash_tensor(x.half())
t.hash_tensor(x,5) | x.hash_tensor((0,1)) | t.hash_tensor(-i-1) | t.isin(t.tensor([0.1,0.2]),0.1)
t.isin(t.tensor([0.1,0.2]),t.tensor([0.1],dtype=d)) | t.isin(i,1.5) | t.isin(i,t.tensor([1.,2.]))
t.isin(0.1,t.tensor([0.1])) | t.isin(t.tensor([1,2],dtype=t.uint8),t.tensor([1],dtype=t.int8)) | t.isin(x[:0],x)
t.isin(x,x[:0]) | t.isin(x,x[:0],invert=True) | t.isin(t.tensor(3),t.tensor(3))
t.isin(t.tensor([0.1]),t.tensor(0.1,dtype=d)) | x.resize(4,3) | x.resize_as(x.T)
"""

STRIDES = """
c=x.clone(); c.as_strided_((2,2),(1,1)) | c=x.clone(); c=c.as_strided_((2,2),(1,1),3); c
c=r*1; c.as_strided_((2,2),(1,1)) | t.as_strided_scatter(x,x[:1]*2,(1,4),(4,1))
t.as_strided_scatter(x,x*2,(1,3),(3,1)) | t.as_strided_scatter(x,x[0],(2,3),(0,1))
t.as_strided_scatter(x,c3,(3,),(2,),4) | t.as_strided_scatter(x,c3,(3,),(1,),11) | t.slice_inverse(x[:1],x,0,0,1)
t.slice_inverse(x[1:],x,0,1,2) | t.as_strided_scatter(r,r[:1]*2,(1,3),(3,1)) | x.slice_inverse(x)
"""

WRITTEN = """
t.fill(x,2.5) | t.fill(i,2.5) | t.fill(i,t.tensor(2.5)) | t.fill(x,t.tensor([1.,2.])) | t.fill(i,1j)
t.fill(x,value=3) | t.fill_(x.clone(),2) | t.zero_(x.clone()) | t.fill(r,2) | t.fill(r,t.tensor(1.))
t.clamp_(x.clone(),1,5) | t.clip_(x.clone(),max=5) | t.clamp_min_(x.clone(),3) | t.clamp_max_(x.clone(),3)
t.gcd_(i+4,i+2) | t.lcm_(i+4,i+2) | t.ldexp_(x.clone(),x.int()) | x.clone().ldexp_(i[:1]) | t.detach(r)
t.detach_(r*2) | t.resize_as_(x.clone(),x[0]) | t.conj_physical_(x+1j) | t.fill_(r*1,t.tensor(1.)) | t.zero_(r*1)
t.zero_(r) | t.clamp_(r,1) | t.detach(1) | t.addmv_(x[:,0].clone(),x,c4) | t.fill_(r,1) | t.zero_(x.clone())
t.fill_(i.expand(2,2),1) | t.gcd_(i+4,i+2) | t.Tensor(x.float().storage()) | t.clip_(x.clone(),2,3)
t.resize_as_(x.clone(),x[0]) | r.grad_fn | t.detach_copy(x) | c=r*1; c.as_strided_((3,),(2,)); c
c=r*1; c.renorm_(2,0,1) | c=r*1; t.clamp_(c,2,4) | c=r*1; t.ldexp_(c,i[:1]) | c=r*1; t.zero_(c)
t.renorm(r,2,0,1).sum() | t.gradient(r,spacing=[c3[:2],c3],dim=(0,1)) | t.frexp(r).mantissa.sum()
"""

SIZES = """
x.sum_to_size(1,4) | x.sum_to_size((4,)) | x.sum_to_size(3,4) | x.sum_to_size(5,4) | x.sum_to_size(())
x.sum_to_size(2,3,4) | r.sum_to_size(1,3) | r.sum_to_size(3) | t.zeros(2,3,4).permute(2,0,1).dim_order()
t.zeros(2,3).dim_order(ambiguity_check=True) | t.zeros(1,3).dim_order(ambiguity_check=True)
t.zeros(2,2,2,2).dim_order(ambiguity_check=[t.contiguous_format]) | x.T.dim_order() | t.zeros(3,1,2).dim_order()
t.zeros(()).dim_order() | t.zeros(1,1).dim_order() | t.empty(2,3,4,5,memory_format=t.channels_last).dim_order()
t.empty(2,3,4,5,memory_format=t.channels_last).dim_order(ambiguity_check=[t.channels_last])
t.empty(2,1,4,5,memory_format=t.channels_last).dim_order(ambiguity_check=True)
t.empty(2,1,4,5).dim_order(ambiguity_check=[t.contiguous_format,t.channels_last])
t.empty(2,2).expand(3,2,2).dim_order() | t.empty(0,3).dim_order() | t.empty(2,3).dim_order(ambiguity_check="foo")
t.empty(2,3).dim_order(ambiguity_check=[1]) | t.empty(2,3,4).permute(2,0,1).dim_order()
t.empty(2,3,4,5).permute(3,1,0,2).dim_order() | t.empty(1,3,1).dim_order()
t.empty(2,3).T.dim_order(ambiguity_check=True) | t.empty(1,3).dim_order(ambiguity_check=[t.contiguous_format])
t.empty(3).dim_order(ambiguity_check=True) | t.empty(1).dim_order(ambiguity_check=True)
t.empty(2,3,4,5,6,memory_format=t.channels_last_3d).dim_order()
"""

NEW = """
x.new() | x.new(2,3).shape | x.new([1,2]) | x.new(x) | x.new(t.Size([2])).shape | i.new([1.5]) | x.new(2.5)
x.new(device='cpu') | x.new((1,2)) | x.new(x.untyped_storage())
"""

ELEMENTS = """
x.clone().apply_(lambda v: v+1) | i.clone().apply_(lambda v: v+1.5) | x.clone().map_(x,lambda a,b:a*b)
x.clone().map_(x[0],lambda a,b:a*b) | x.clone().map_(i,lambda a,b:a) | x.clone().apply_(3)
x.clone().map2_(x,x,lambda a,b,c:a+b+c) | (x+1j).apply_(lambda v:v*2) | (x>2).apply_(lambda v: not v)
r.apply_(lambda v:v) | r.map_(x,lambda a,b:a) | x.clone().map_(r,lambda a,b:a)
x.clone().map_(x.reshape(-1),lambda a,b:a) | x.clone().map2_(x,r,lambda a,b,c:a) | x[:0].apply_(lambda v:v)
x.as_subclass(t.Tensor) | x.as_subclass(int) | x.as_subclass(t.nn.Parameter) | r.as_subclass(t.nn.Parameter)
type(r.as_subclass(t.nn.Parameter)).__name__ | x.module_load(x+1) | x.module_load(x+1,assign=True)
"""

QUERIES = """
x.is_set_to(x.view(3,4)) | x.is_set_to(x.view(12)) | x.is_set_to(x.clone()) | t.is_same_size(x,x.T)
x.is_same_size(1) | t.is_nonzero(t.tensor([0.])) | t.is_nonzero(x) | x[0,0].is_nonzero() | t.is_signed(x)
x.to_dense() is x | x.to_dense(t.float32).dtype | x.is_shared() | t.get_device(x) | x.resize_as(x[0]) | x.resize(6)
x.resize(4,3) | x.resize_as(x.T) | t.is_distributed(x) | x.is_coalesced() | x.coalesce() | x.indices() | x.values()
x.dense_dim() | x.sparse_dim() | x.const_data_ptr()==x.data_ptr() | t.is_conj(x) | x.is_neg()
"""

SETTINGS = """
t.set_default_device('cpu') | t.set_default_device(None) | t.get_default_device()
t.set_default_tensor_type('torch.LongTensor') | t.set_default_tensor_type(1) | t.get_float32_matmul_precision()
t.use_deterministic_algorithms(1) | t.set_deterministic_debug_mode(5) | t.set_deterministic_debug_mode('x')
t.set_deterministic_debug_mode(1.) | t.set_warn_always(1) | t.set_flush_denormal(1) | t.is_vulkan_available()
"""

STORAGES = """
x.untyped_storage().nbytes() | x.untyped_storage().size() | len(x.untyped_storage())
x.untyped_storage()[4:8].tolist() | x.untyped_storage()[15] | x.untyped_storage().device
x.untyped_storage().data_ptr()==x.data_ptr() | x.untyped_storage().element_size() | x.untyped_storage().is_cuda
x.untyped_storage().is_shared() | x.untyped_storage().is_pinned() | x.untyped_storage()[100]
x.untyped_storage()==x.untyped_storage() | x[1].untyped_storage().nbytes() | t.UntypedStorage([1,2]).tolist()
t.UntypedStorage([1,300]).tolist() | x.untyped_storage()['a'] | x.untyped_storage().fill_(0).nbytes(); x
t.is_storage(x) | t.is_storage(x.storage()) | x.storage().tolist() | x.storage()[1] | x.storage().size()
x.storage().nbytes() | x.storage().element_size() | x.storage().type() | x.storage()[1:3]
x.storage().double().tolist() | x.storage().fill_(3); x | t.TypedStorage([1,2],dtype=t.int64).tolist()
x.storage().pickle_storage_type() | c3.set_(t.TypedStorage([1.,2],dtype=d))
c3.set_(t.TypedStorage([1.,2],dtype=t.float32)) | c3.set_(x.untyped_storage(),2,(2,),(1,))
x.untyped_storage().clone().nbytes() | x.storage().untyped().nbytes() | c=x.clone(); c.storage().copy_(x.storage()); c
c=x.clone(); c.storage()[2]=9; c | c=x.clone(); c.untyped_storage()[7]=64; c | x.float().storage()
t.Tensor(x.float().storage()) | t.tensor(1.).untyped_storage().nbytes()
t.ones(3,1).expand(3,4).untyped_storage().nbytes() | t.ones(0).untyped_storage().nbytes()
(x>3).untyped_storage().nbytes() | t.zeros(2,dtype=t.complex64).imag.storage_offset()
t.view_as_real(t.zeros(2,dtype=t.complex64)).untyped_storage().nbytes()
t.zeros(2,dtype=t.complex64).imag.storage().size() | x.view(t.int64).storage_offset()
x[1].view(t.int32).storage_offset() | x[1].view(t.int32).storage().size()
c=x[1].view(t.int32); c.as_strided((2,),(1,),0)
t.view_as_real(t.ones(2,2,dtype=t.complex64)).as_strided((3,),(2,),1)
"""

CREATED = """
t.range(0,4) | t.range(1,2,0.5) | t.range(0,4,dtype=t.int64) | t.range(5) | t.range(3,1) | t.range(3,1,-1)
t.range(0,1,0) | t.range(0,float('nan')) | t.range(1,2,out=t.empty(2)) | t.range(0,3,requires_grad=True)
t.range(0,1,1j) | t.range(start=1,end=3) | t.range(0,2,dtype=t.bool) | t.range(0,2.5) | t.range(0,1,0.1)
t.empty_strided((2,3),(1,2)).stride() | t.empty_strided((2,3),(1,2,3)) | t.empty_strided((2,3),(-1,2))
t.empty_strided((2,-3),(1,2)) | t.empty_strided((2,3),(0,1)).stride() | t.empty_permuted((2,3,4),(2,0,1)).stride()
t.empty_permuted((2,3),(0,0)) | t.empty_permuted((2,3),(0,)) | t.empty_permuted((2,3),(0,2))
t.empty_permuted((2,3),(-1,0)) | x.new_empty_strided((2,3),(1,2)).stride()
t.empty_strided((2,3),(1,2),dtype=t.int64,requires_grad=True) | t.empty_strided(2,1) | t.empty_strided((),()).shape
t.empty_permuted((),()).shape
"""

DRAWN = """
t.poisson(t.tensor([-1.])) | t.poisson(i) | t.binomial(i,x) | t.binomial(x,i)
t.binomial(t.tensor([-1.]),t.tensor([0.5])) | t.binomial(t.tensor([1.]),t.tensor([1.5]))
t.binomial(t.tensor([1.]),t.tensor([.5],dtype=d)) | t.manual_seed(3); t.poisson(r*10)
t.manual_seed(3); t.binomial(x.float(),t.tensor(0.25))
"""

COPIES = """
t.narrow_copy(x,0,0,1,out=t.empty(0,dtype=d)) | x.narrow_copy(0,1,2) | x.narrow_copy(0,5,1)
t.narrow_copy(t.tensor(1.),0,0,1) | t.unbind_copy(x,out=[t.empty(0,dtype=d)]*3) | t.slice_copy(x,1,None,None,2)
t.slice_copy(t.tensor(1.)) | t.expand_copy(x,(2,3,4),implicit=True) | t.expand_copy(x,(2,4)) | t.view_copy(x,(5,5))
t.view_copy(x.float(),t.int32) | t.view_copy(x,size=(12,)) | t.view_copy(x,dtype=t.int64)
t.squeeze_copy(x[:1],dim=0) | t.squeeze_copy(x[:1],5) | t.unfold_copy(x,0,5,1) | t.as_strided_copy(x,(5,5),(5,5))
t.as_strided_copy(x,(2,),(1,2)) | t.t_copy(x,out=t.empty(0,dtype=d)) | t.permute_copy(x,(0,))
t.permute_copy(x,dims=(1,0)).stride() | t.transpose_copy(x,0,1).is_contiguous() | t.select_copy(x,0,-1)
t.unsqueeze_copy(x,3) | t.view_as_real_copy(x) | t.view_as_complex_copy(x) | t.unsafe_split(x,2,1)
t.unsafe_split(x,0) | t.unsafe_split(x,-1) | t.unsafe_chunk(x,0) | t.unsafe_chunk(x,5,1) | t.unsafe_chunk(x[:0],2)
t.unsafe_split_with_sizes(x,(1,1)) | x.unsafe_split(2) | x.unsafe_chunk(2,-1) | x.unsafe_split_with_sizes((1,2))
t.unsafe_split(r,1)[0].mul_(2) | t.alias_copy(input=x) | t.split_with_sizes_copy(x,(1,1))
t.split_with_sizes_copy(x,[1,2])
"""

EXPRESSIONS = [
    expression.strip()
    for text in (
        HISTOGRAMS,
        PARTS,
        DIFFERENCES,
        COMPLEX,
        NORMS,
        PLACES,
        STRIDES,
        WRITTEN,
        SIZES,
        NEW,
        ELEMENTS,
        QUERIES,
        SETTINGS,
        STORAGES,
        CREATED,
        DRAWN,
        COPIES,
    )
    for line in text.strip().split("\n")
    for expression in line.split(" | ")
]


def scope(t):
    double = t.float64
    return {
        "t": t, "d": double,
        "x": t.arange(12.0, dtype=double).reshape(3, 4) ** 2,
        "r": (t.arange(6.0, dtype=double).reshape(2, 3) + 1).requires_grad_(),
        "c3": t.tensor([0.0, 1, 3], dtype=double), "c4": t.tensor([0.0, 1, 3, 4], dtype=double),
        "i": t.tensor([0, 1]),
    }  # fmt: skip


def facts(t, value):
    if isinstance(value, t.Tensor):
        values = value.detach().resolve_conj().resolve_neg().numpy()
        return [str(value.dtype).rpartition(".")[2], values.shape, type(value.grad_fn).__name__, values]
    if isinstance(value, (tuple, list)):
        return [type(value).__name__, *[facts(t, part) for part in value]]
    return [type(value).__name__, str(value).replace("torch.", "").replace("chainrule.", "")]


def outcome(t, expression):
    *statements, last = expression.split("; ")
    names = scope(t)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for statement in statements:
                exec(statement, names)
            return facts(t, eval(last, names))
        except Exception as error:  # noqa: BLE001 (that it fails, and how, is the outcome)
            first_line = str(error).partition("\n")[0]
            return [type(error).__name__, first_line.replace("torch.", "").replace("chainrule.", "")]


def assert_same(ours, theirs):
    if isinstance(ours, np.ndarray):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6 if ours.dtype.itemsize <= 4 else 1e-12)
    elif isinstance(ours, list):
        assert len(ours) == len(theirs), (ours, theirs)
        for a, b in zip(ours, theirs, strict=True):
            assert_same(a, b)
    else:
        assert ours == theirs


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_it_gives_what_pytorch_gives(expression):
    assert_same(outcome(chainrule, expression), outcome(torch, expression))
