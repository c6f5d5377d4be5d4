using System.Globalization;

namespace EdgeAgent.Lab;

/// <summary>Shares of the stages in a data set, which add up to 1.</summary>
internal sealed record StageMix(double Base, double Domain, double Adversarial, double Passages)
{
    public static readonly StageMix Default = new(0.13, 0.55, 0.17, 0.15);

    /// <summary>The same without the adversarial stage: its share goes to the others in proportion.</summary>
    public StageMix WithoutAdversarial() => Scaled(this with { Adversarial = 0 });

    private static StageMix Scaled(StageMix mix)
    {
        var sum = mix.Base + mix.Domain + mix.Adversarial + mix.Passages;
        return new StageMix(mix.Base / sum, mix.Domain / sum, mix.Adversarial / sum, mix.Passages / sum);
    }

    /// <summary>Four shares between commas, in the order base, domain, adversarial, passages; they are scaled to add up to 1.</summary>
    /// <exception cref="ArgumentException">Not four numbers of 0 or more with a sum above 0.</exception>
    public static StageMix Parse(string text)
    {
        var parts = text.Split(',');
        var shares = parts.Select(p => double.TryParse(p, NumberStyles.Float, CultureInfo.InvariantCulture, out var v) ? v : -1).ToList();
        if (shares.Count != 4 || shares.Exists(s => s is < 0 or double.NaN or double.PositiveInfinity) || shares.Sum() <= 0)
            throw new ArgumentException($"--mix must be four shares such as 0.13,0.55,0.17,0.15, found '{text}'");
        return Scaled(new StageMix(shares[0], shares[1], shares[2], shares[3]));
    }

    /// <summary>The stage of a draw from 0 to 1.</summary>
    public string At(double draw) => draw < Base ? Stages.Base : draw < Base + Domain ? Stages.Domain
        : draw < Base + Domain + Adversarial ? Stages.Adversarial : Stages.Passages;
}
