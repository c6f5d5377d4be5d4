namespace EdgeAgent.Lab;

/// <summary>Names of the stages of the training data.</summary>
internal static class Stages
{
    /// <summary>Arithmetic, units, tables, dates.</summary>
    public const string Base = "base";

    /// <summary>The alarms, procedures and facts of the cell.</summary>
    public const string Domain = "domain";

    /// <summary>Questions that lead astray.</summary>
    public const string Adversarial = "adversarial";

    /// <summary>Questions with passages of manuals.</summary>
    public const string Passages = "passages";
}

/// <summary>Which half of the data an example is for.</summary>
internal enum Part
{
    Train,
    HeldOut,
}

/// <summary>Makes examples of one stage. Deterministic for a given random source.</summary>
internal interface IStage
{
    /// <summary>
    /// The next example of the part: held-out ones have a sentence, and where they are about a fact also a fact, that no trained
    /// one has.
    /// </summary>
    Example Next(Random random, Part part);
}
