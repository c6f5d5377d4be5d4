namespace EdgeAgent.Inference.Engine;

/// <summary>
/// Requests that wait, in the order in which they are served: clients take turns by deficit round robin (Shreedhar and Varghese 1995; a
/// request costs its tokens), a client's earliest deadline first. Safety requests come before all others, up to their share of the tokens.
/// No clock, no limits of its own. Not safe for concurrent use.
/// </summary>
internal sealed class FairQueue(double safetyShare)
{
    /// <summary>Tokens a client gains each turn: less than a question and its answer, so that turns are short.</summary>
    public const int Quantum = 64;

    private const double MaxCredit = 32 * Quantum;

    private readonly HashSet<Generation> _all = [];
    private readonly Order _order = new(safetyShare);
    private long _added;

    public int Count => _all.Count;

    /// <summary>Prompt tokens of all that wait.</summary>
    public long PromptTokens { get; private set; }

    /// <summary>Requests of one client that wait.</summary>
    public int CountOf(string client) => _order.CountOf(client);

    public void Add(Generation generation)
    {
        generation.Order = _added++;
        _all.Add(generation);
        PromptTokens += generation.Request.Prompt.Length;
        _order.Ring(generation).Add(generation);
    }

    /// <summary>Takes out a request wherever it stands; false when it does not wait.</summary>
    public bool Remove(Generation generation)
    {
        if (!_all.Remove(generation)) return false;
        PromptTokens -= generation.Request.Prompt.Length;
        _order.Ring(generation).Remove(generation);
        return true;
    }

    /// <summary>Takes the next request of a client that may be served; null when there is none.</summary>
    public Generation? Take(Func<string, bool> mayServe)
    {
        if (_order.Take(mayServe) is not { } next) return null;
        _all.Remove(next);
        PromptTokens -= next.Request.Prompt.Length;
        return next;
    }

    /// <summary>All that wait, in the order of service if nothing else comes. Must not change while it is enumerated.</summary>
    public IEnumerable<Generation> InOrder()
    {
        var copy = _order.Copy();
        while (copy.Take(_ => true) is { } next) yield return next;
    }

    private sealed class Order(double safetyShare)
    {
        private TurnRing _safety = new(), _normal = new();
        private double _credit = 4 * Quantum; // tokens that safety requests may take before it is the others' turn

        public TurnRing Ring(Generation generation) => generation.Request.Priority == RequestPriority.Safety ? _safety : _normal;

        public int CountOf(string client) => _safety.CountOf(client) + _normal.CountOf(client);

        public Order Copy() => new(safetyShare) { _safety = _safety.Copy(), _normal = _normal.Copy(), _credit = _credit };

        public Generation? Take(Func<string, bool> mayServe)
        {
            var isContended = !_safety.IsEmpty && !_normal.IsEmpty;
            if (!_safety.IsEmpty && (!isContended || _credit > 0) && _safety.Take(mayServe) is { } urgent)
            {
                if (isContended) _credit -= urgent.Cost;
                return urgent;
            }
            if (_normal.Take(mayServe) is not { } next) return _safety.Take(mayServe);
            if (safetyShare < 1) _credit = Math.Min(MaxCredit, _credit + next.Cost * safetyShare / (1 - safetyShare));
            return next;
        }
    }
}
