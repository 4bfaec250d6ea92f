"""`autograd.graph`: nodes to look at and to call, gradient edges, versions counted by hand, callbacks."""

import pickle


def _pair(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    return x, y, y * y


def every_grad_fn_is_a_node(torch, show):
    x, y, _ = _pair(torch)
    graph = torch.autograd.graph

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    base = x.clone()
    base[0].mul_(2)
    for node in (
        y.grad_fn,
        y.grad_fn.next_functions[0][0],
        Double.apply(x).grad_fn,
        base.grad_fn,
        x.split(1)[0].grad_fn,
    ):
        show(isinstance(node, graph.Node), issubclass(type(node), graph.Node), node.name())
    show(isinstance(3, graph.Node), isinstance(x, graph.Node), isinstance(None, graph.Node))
    try:
        graph.Node()
    except TypeError as error:
        show(str(error).startswith("Can't instantiate abstract class Node with abstract methods"))


def numbers_of_nodes_grow(torch, show):
    x, y, z = _pair(torch)
    first, second = y.grad_fn._sequence_nr(), z.grad_fn._sequence_nr()
    show(second - first)
    show(y.grad_fn.next_functions[0][0]._sequence_nr())
    with torch.no_grad():
        x * x
    show((x * 1).grad_fn._sequence_nr() - second)


def what_a_node_knows_of_its_outputs(torch, show):
    x = torch.ones(2, 3, dtype=torch.float64, requires_grad=True)
    for node in (x.sum().grad_fn, (x * x).grad_fn, x.unbind()[1].grad_fn, x.max(1).values.grad_fn):
        for output in node._input_metadata:
            if output is not None:
                show(list(output.shape), output.device)
                if output.dtype.is_floating_point:
                    show(output.dtype)
    leaf = x.sum().grad_fn.next_functions[0][0]
    show(list(leaf._input_metadata[0].shape), leaf._input_metadata[0].dtype)


def nodes_require_grad(torch, show):
    _, y, _ = _pair(torch)
    show(y.grad_fn.requires_grad, y.grad_fn.next_functions[0][0].requires_grad)


def metadata_is_a_dictionary_of_the_node(torch, show):
    x, y, _ = _pair(torch)
    show(y.grad_fn.metadata)
    y.grad_fn.metadata["note"] = 5
    show(y.grad_fn.metadata, (x * 3).grad_fn.metadata)
    leaf = y.grad_fn.next_functions[0][0]
    leaf.metadata["mine"] = [1]
    show((x + 1).grad_fn.next_functions[0][0].metadata)


def the_variable_of_an_accumulator(torch, show):
    x, y, _ = _pair(torch)
    leaf = y.grad_fn.next_functions[0][0]
    show(leaf.variable is x, leaf.next_functions, leaf is (x + 1).grad_fn.next_functions[0][0])
    show.error(lambda: y.grad_fn.variable)


def walking_to_the_leaves(torch, show):
    a = torch.tensor([1.0], requires_grad=True)
    b = torch.tensor([2.0], requires_grad=True)
    c = torch.tensor([3.0])
    found = []

    def walk(node, depth):
        found.append((depth, node.name()))
        for parent, number in node.next_functions:
            if parent is None:
                found.append((depth + 1, None))
            else:
                walk(parent, depth + 1)
                found.append(number)

    walk(((a * b + c) * a.exp()).sum().grad_fn, 0)
    show(*found)


def calling_a_node(torch, show):
    x, y, z = _pair(torch)
    show(y.grad_fn(torch.ones(2)))
    show(z.grad_fn(torch.tensor([1.0, 10.0])))
    show(z.sum().grad_fn(torch.tensor(2.0)))
    with torch.no_grad():
        show(z.grad_fn(torch.ones(2)))
    z.sum().backward()
    show(x.grad)


def calling_a_node_wrongly(torch, show):
    _, _, z = _pair(torch)
    show(z.grad_fn(None))
    show.error(z.grad_fn)
    show.error(z.grad_fn, 3)
    show.error(z.grad_fn, torch.ones(2), torch.ones(2))
    z.sum().backward()
    show.error(z.grad_fn, torch.ones(2))


def calling_a_node_of_several_outputs(torch, show):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    node = x.unbind()[0].grad_fn
    show(node(torch.ones(2), torch.zeros(2)))
    show(node(torch.ones(2), None))
    show.error(node, torch.ones(2))


def nodes_are_made_by_operations_only(torch, show):
    _, y, _ = _pair(torch)
    show(type(y.grad_fn).__name__, type(y.grad_fn).__module__)
    show.error(pickle.dumps, y.grad_fn)
    show(y.grad_fn == y.grad_fn, y.grad_fn is y.grad_fn, y.grad_fn != (y * 1).grad_fn, len({y.grad_fn, y.grad_fn}))


# Gradient edges


def the_edge_of_a_tensor(torch, show):
    x, y, _ = _pair(torch)
    graph = torch.autograd.graph
    edge = graph.get_gradient_edge(y)
    show(edge.node.name(), edge.output_nr, edge.ownership_token, edge.node is y.grad_fn)
    leaf = graph.get_gradient_edge(x)
    show(leaf.node.name(), leaf.output_nr, leaf.node.variable is x)
    show(edge == graph.GradientEdge(y.grad_fn, 0), len(edge), isinstance(edge, tuple))
    node, number, _ = edge
    show(node.name(), number)


def the_edge_of_one_output_of_several(torch, show):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    parts = x.unbind()
    edges = [torch.autograd.graph.get_gradient_edge(part) for part in parts]
    show([(edge.node.name(), edge.output_nr) for edge in edges])
    loss = parts[0] * 2 + parts[2] * parts[2]
    show(torch.autograd.grad(loss, edges, retain_graph=True, allow_unused=True))
    show(torch.autograd.grad(edges[1], x))


def no_edge_without_gradient(torch, show):
    show.error(torch.autograd.graph.get_gradient_edge, torch.ones(1))
    x = torch.ones(1, requires_grad=True)
    with torch.no_grad():
        y = x * 2
    show.error(torch.autograd.graph.get_gradient_edge, y)
    show.error(torch.autograd.graph.get_gradient_edge, y.detach())


def grad_with_respect_to_edges(torch, show):
    x, y, z = _pair(torch)
    graph = torch.autograd.graph
    at_x, at_y = graph.get_gradient_edge(x), graph.get_gradient_edge(y)
    show(torch.autograd.grad(z.sum(), [at_y, x, at_x, y], retain_graph=True))
    show(torch.autograd.grad(z.sum(), at_y, create_graph=True))
    show(x.grad)


def grad_of_edges(torch, show):
    x, _, z = _pair(torch)
    edge = torch.autograd.graph.get_gradient_edge(z)
    del z
    show(torch.autograd.grad(edge, x, torch.ones(2), retain_graph=True))
    show(torch.autograd.grad((edge, edge), (x,), (torch.ones(2), torch.tensor([0.0, 1.0])), retain_graph=True))
    show(torch.autograd.grad(edge, x, torch.ones(2, dtype=torch.float64), retain_graph=True))
    show.error(torch.autograd.grad, edge, x)
    show.error(torch.autograd.grad, edge, x, torch.ones(3))
    show(torch.autograd.grad(edge, x, torch.ones(2)))
    show.error(torch.autograd.grad, edge, x, torch.ones(2))


def the_edge_of_a_scalar_needs_no_gradient(torch, show):
    x, _, z = _pair(torch)
    loss = torch.autograd.graph.get_gradient_edge(z.mean())
    torch.autograd.backward(loss)
    show(x.grad)


def backward_from_and_to_edges(torch, show):
    x, _, z = _pair(torch)
    graph = torch.autograd.graph
    other = torch.ones(2, requires_grad=True)
    loss = graph.get_gradient_edge((z * other).sum())
    torch.autograd.backward(loss, retain_graph=True, inputs=[graph.get_gradient_edge(x)])
    show(x.grad, other.grad)
    torch.autograd.backward([loss, z.sum()], retain_graph=True, inputs=graph.get_gradient_edge(other))
    show(x.grad, other.grad)
    torch.autograd.backward(loss)
    show(x.grad, other.grad)


def an_edge_that_is_not_in_the_graph(torch, show):
    x, _, z = _pair(torch)
    other = torch.ones(2, requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(other)
    show.error(torch.autograd.grad, z.sum(), edge, retain_graph=True)
    show(torch.autograd.grad(z.sum(), (edge, x), retain_graph=True, allow_unused=True))
    show.error(torch.autograd.grad, z.sum(), edge, retain_graph=True, materialize_grads=True)
    show(torch.autograd.grad(z.sum(), {"a": torch.autograd.graph.get_gradient_edge(x)}))


def an_edge_of_no_node(torch, show):
    _, _, z = _pair(torch)
    show.error(torch.autograd.grad, z.sum(), torch.autograd.graph.GradientEdge(None, 0))


def an_edge_binds_to_the_history_it_was_taken_from(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    before = torch.autograd.graph.get_gradient_edge(y)
    y.mul_(5)
    after = torch.autograd.graph.get_gradient_edge(y)
    show(before.node.name(), after.node.name())
    show(torch.autograd.grad(y.sum(), [before, after, x]))


def the_edge_of_a_view_is_that_of_its_new_history(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    base = x * 2
    view = base[0]
    base.mul_(10)
    edge = torch.autograd.graph.get_gradient_edge(view)
    show(torch.autograd.grad(edge, x))


def the_edge_of_a_custom_functions_output(torch, show):
    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2, a * 3

        @staticmethod
        def backward(ctx, one, other):
            return one * 2 + other * 3

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    one, other = Both.apply(x)
    edge = torch.autograd.graph.get_gradient_edge(other)
    show(edge.output_nr, edge.node.name())
    show(torch.autograd.grad((one * other).sum(), edge, retain_graph=True))
    show(torch.autograd.grad(edge, x, torch.ones(2)))


def hooks_at_an_edge(torch, show):
    x, y, z = _pair(torch)
    edge = torch.autograd.graph.get_gradient_edge(y)
    edge.node.register_prehook(lambda grads: (grads[0] * 10,))
    y.register_hook(lambda grad: grad + 1)
    show(torch.autograd.grad(z.sum(), (edge, x), retain_graph=True))
    show(torch.autograd.grad(z.sum(), edge))


# Versions


def counting_a_version_by_hand(torch, show):
    x = torch.ones(2)
    torch.autograd.graph.increment_version(x)
    show(x._version)
    view = x[:1]
    torch.autograd.graph.increment_version([view, x, x])
    show(x._version, view._version, x.detach()._version)
    torch.autograd.graph.increment_version(t for t in (x,))
    torch.autograd.graph.increment_version(())
    show(x._version)


def a_version_counted_by_hand_is_seen_by_backward(torch, show):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    z = y * y
    torch.autograd.graph.increment_version(y)
    z.sum().backward()


def a_leafs_version_may_be_counted(torch, show):
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    torch.autograd.graph.increment_version(x)
    y.sum().backward()
    show(x._version, x.grad)


def counting_the_versions_of_what_is_no_tensor(torch, show):
    x = torch.ones(1)
    show.error(torch.autograd.graph.increment_version, 3)
    show.error(torch.autograd.graph.increment_version, [x, 3])


def versions_of_inference_tensors_are_not_counted(torch, show):
    with torch.inference_mode():
        x = torch.ones(2)
    torch.autograd.graph.increment_version(x)
    show.error(lambda: x._version)


# The rest


def callbacks_at_the_end_of_backward(torch, show):
    engine = torch.autograd.Variable._execution_engine
    show.error(engine.queue_callback, lambda: None)
    x, _, z = _pair(torch)
    x.register_hook(lambda grad: engine.queue_callback(lambda: show("end", x.grad)))
    z.register_hook(lambda grad: engine.queue_callback(lambda: show("first queued, first called")))
    z.sum().backward()
    show("after")


def switches_without_effect_on_a_cpu(torch, show):
    graph = torch.autograd.graph
    show(graph.set_warn_on_accumulate_grad_stream_mismatch(False))
    graph.set_warn_on_accumulate_grad_stream_mismatch(True)
    show.error(graph.set_warn_on_accumulate_grad_stream_mismatch, 1)


def a_memory_budget_is_for_compiled_code(torch, show):
    graph = torch.autograd.graph
    show.error(graph.region_activation_memory_budget, 0.5)
    show.error(graph.region_activation_memory_budget, 2)
    show.error(graph.region_activation_memory_budget, "half")


def public_names_of_the_graph_module(torch, show):
    graph = torch.autograd.graph
    names = [
        "saved_tensors_hooks", "save_on_cpu", "disable_saved_tensors_hooks", "register_multi_grad_hook",
        "allow_mutation_on_saved_tensors", "Node", "GradientEdge", "get_gradient_edge", "increment_version",
        "set_warn_on_accumulate_grad_stream_mismatch",
    ]  # fmt: skip
    show([name in graph.__all__ for name in names])
