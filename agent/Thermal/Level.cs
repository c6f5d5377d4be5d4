namespace EdgeAgent.Thermal;

/// <summary>Levels of the degradation ladder; each one switches more off.</summary>
public enum Level
{
    /// <summary>Full service.</summary>
    L0,

    /// <summary>Eco: half the answer tokens, no background work.</summary>
    L1,

    /// <summary>Cache first: stored answers, also to similar questions, before the student.</summary>
    L2,

    /// <summary>Cache only: generation is suspended.</summary>
    L3,

    /// <summary>Protect: cache only, the student is unloaded, no updates.</summary>
    L4,
}
