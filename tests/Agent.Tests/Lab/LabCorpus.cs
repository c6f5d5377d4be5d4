using EdgeAgent.Lab;

namespace EdgeAgent.Tests.Lab;

/// <summary>The corpus of the student's lab, as it stands in the repository.</summary>
internal static class LabCorpus
{
    public static readonly string Folder = Path.Combine(SharedData.Repository, "provisioning", "student", "corpus");

    public static Dictionary<string, IStage> Stages { get; } = StageSet.Read(Folder, 1);

    /// <summary>A data set of a size that still has every kind.</summary>
    public static DataSet Small { get; } = DataSet.Make(Stages, StageMix.Default, train: 6000, heldOut: 300, seed: 5);
}
