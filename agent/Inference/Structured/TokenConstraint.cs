using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Inference.Structured;

/// <summary>One answer's place in its grammar.</summary>
internal sealed class TokenConstraint(TokenAutomaton automaton) : ITokenConstraint
{
    private TokenAutomaton.State _state = automaton.Start;

    public TokenMask Mask => automaton.MaskOf(_state);

    public bool IsComplete => _state.IsComplete;

    public void Take(int id) => _state = automaton.Take(_state, id);
}
