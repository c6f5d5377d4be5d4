namespace EdgeAgent.Inference.Engine;

/// <summary>Clients that have something waiting, taking turns by deficit round robin. Not safe for concurrent use.</summary>
internal sealed class TurnRing
{
    private static readonly Comparer<Generation> ByDeadline = Comparer<Generation>.Create((a, b) =>
        a.Request.Deadline != b.Request.Deadline ? a.Request.Deadline.CompareTo(b.Request.Deadline) : a.Order.CompareTo(b.Order));

    private readonly Dictionary<string, Turn> _clients = new(StringComparer.Ordinal);
    private LinkedList<Turn> _turns = new();

    /// <param name="Waiting">By deadline; what stands before <c>Next</c> has been served.</param>
    private sealed record Turn(string Client, List<Generation> Waiting)
    {
        public int Next { get; set; }
        public double Deficit { get; set; }
        public bool HasTurn { get; set; }
        public bool IsEmpty => Next >= Waiting.Count;
    }

    public bool IsEmpty => _turns.Count == 0;

    public int CountOf(string client) => _clients.TryGetValue(client, out var turn) ? turn.Waiting.Count - turn.Next : 0;

    public void Add(Generation generation)
    {
        var name = generation.Request.Client;
        if (!_clients.TryGetValue(name, out var turn)) _turns.AddLast(_clients[name] = turn = new Turn(name, []));
        turn.Waiting.RemoveRange(0, turn.Next);
        turn.Next = 0;
        var at = turn.Waiting.BinarySearch(generation, ByDeadline);
        turn.Waiting.Insert(at < 0 ? ~at : at, generation);
    }

    public void Remove(Generation generation)
    {
        var turn = _clients[generation.Request.Client];
        turn.Waiting.Remove(generation);
        if (turn.IsEmpty) Leave(turn);
    }

    /// <summary>The next request of a client that may be served; null when no client may.</summary>
    public Generation? Take(Func<string, bool> mayServe)
    {
        for (var refused = 0; refused < _turns.Count;)
        {
            var turn = _turns.First!.Value;
            if (!mayServe(turn.Client))
            {
                refused++;
                PassOn(turn);
                continue;
            }
            refused = 0;
            if (!turn.HasTurn) (turn.HasTurn, turn.Deficit) = (true, turn.Deficit + FairQueue.Quantum);
            var next = turn.Waiting[turn.Next];
            if (next.Cost > turn.Deficit)
            {
                PassOn(turn);
                continue;
            }
            turn.Deficit -= next.Cost;
            turn.Next++;
            if (turn.IsEmpty) Leave(turn);
            return next;
        }
        return null;
    }

    /// <summary>The same turns over the same waiting requests, to look ahead: taking from the copy leaves this ring as it is.</summary>
    public TurnRing Copy() => new() { _turns = new LinkedList<Turn>(_turns.Select(t => t with { })) };

    private void PassOn(Turn turn)
    {
        turn.HasTurn = false;
        _turns.RemoveFirst();
        _turns.AddLast(turn);
    }

    private void Leave(Turn turn)
    {
        _turns.Remove(turn);
        _clients.Remove(turn.Client);
    }
}
