using EdgeAgent.Privacy.Entities;

namespace EdgeAgent.Privacy.Measuring;

/// <summary>Counts what the desensitizer, with all its built-in patterns and two entity models, finds in texts.</summary>
public static class FalseAlarms
{
    /// <summary>How many findings there are in texts that name nobody.</summary>
    /// <param name="chinese">Model for lines with Han characters.</param>
    /// <param name="alphabet">Model for other lines.</param>
    /// <param name="texts">Texts without personal data.</param>
    public static int Count(EntityModel chinese, EntityModel alphabet, IEnumerable<string> texts)
    {
        var desensitizer = new Desensitizer(new PrivacyOptions(), new EntityRecognizer(chinese, alphabet));
        return texts.Sum(text => desensitizer.Find(text).Count);
    }
}
