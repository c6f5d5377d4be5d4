using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Endpoints.Pages;

/// <summary>A language of the kiosk.</summary>
internal enum KioskLanguage { Zh, En }

/// <summary>Colours of the kiosk; Auto follows the system.</summary>
internal enum KioskTheme { Auto, Light, Dark, Contrast }

/// <summary>The page that the device shows at <c>/</c> to whoever stands before it.</summary>
internal sealed record KioskOptions : ICheckedOptions
{
    public const int MaxLogoBytes = 512 << 10;

    /// <summary>Whether the page is served.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Heading of the page. Empty: the device's name.</summary>
    [Length(0, 60)]
    public string Name { get; init; } = "";

    /// <summary>File of a logo: SVG, PNG, JPEG or WebP. Empty: none.</summary>
    [ExistingFile(MinBytes = 1, MaxBytes = MaxLogoBytes)]
    public string Logo { get; init; } = "";

    /// <summary>
    /// Colour of buttons and marks. Where text would not be readable on it or in it, the page takes a darker or lighter one.
    /// </summary>
    [Colour]
    public string Accent { get; init; } = "#0b5cad";

    /// <summary>Languages to choose from; the page begins with the first one.</summary>
    public IReadOnlyList<KioskLanguage> Languages { get; init; } = [KioskLanguage.Zh, KioskLanguage.En];

    /// <summary>Colours to begin with.</summary>
    public KioskTheme Theme { get; init; } = KioskTheme.Auto;

    /// <summary>
    /// Time without a touch or key after which questions and answers leave the screen, and language, size and colours are reset.
    /// </summary>
    [Duration("IdleSeconds", DurationUnit.Seconds), Range(15, 3600)]
    public TimeSpan IdleReset { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>
    /// Questions to tap, each in the languages in which it is shown. The default ones are for the bundled student; an empty list shows
    /// none.
    /// </summary>
    [MaxCount(12)]
    public IReadOnlyList<StartQuestion> StartQuestions { get; init; } =
    [
        new() { Zh = "报警 SP-14 怎么处理?", En = "What do I do about alarm SP-14?" },
        new() { Zh = "报警 SP-10 怎么处理?", En = "What do I do about alarm SP-10?" },
        new() { Zh = "早上怎么启动单元?", En = "How do I start the cell in the morning?" },
        new() { Zh = "怎么更换刀片?", En = "How do I change a cutting insert?" },
        new() { Zh = "怎么对刀?", En = "How do I measure a tool?" },
        new() { Zh = "怎么更换卡爪?", En = "How do I change the chuck jaws?" },
    ];

    public IEnumerable<string> Problems(string section)
    {
        if (Languages.Count == 0 || Languages.Distinct().Count() != Languages.Count)
            yield return $"{section}:Languages must name Zh, En or both, each once, found '{string.Join(", ", Languages)}'";
        if (Logo.Length > 0 && KioskLogo.TypeOf(Logo) is null)
            yield return $"{section}:Logo must end in {KioskLogo.Endings}, found '{Logo}'";
    }
}

/// <summary>A question to tap. It is shown in the languages in which it is given.</summary>
internal sealed record StartQuestion : ICheckedOptions
{
    /// <summary>In Chinese.</summary>
    [Length(0, 200)]
    public string Zh { get; init; } = "";

    /// <summary>In English.</summary>
    [Length(0, 200)]
    public string En { get; init; } = "";

    public string In(KioskLanguage language) => language == KioskLanguage.Zh ? Zh : En;

    public IEnumerable<string> Problems(string section)
    {
        if (Zh.Length + En.Length == 0) yield return $"{section} must have a text in Zh or En, found none";
    }
}
