namespace EdgeAgent.Privacy;

/// <summary>What is done with a finding.</summary>
internal enum PrivacyAction
{
    /// <summary>A numbered placeholder that is restored for the asker.</summary>
    Replace,

    /// <summary>Stars, one a character but never more than eight. Not reversible.</summary>
    Mask,

    /// <summary>Removed.</summary>
    Drop,

    /// <summary>A keyed pseudonym such as PERSON#3f9a1c07d2e4, the same on every device with the key. Not reversible.</summary>
    Hash,

    /// <summary>
    /// Encrypted to other digits and letters of the same form (FF1), reversible with the key. Values too short for that are replaced.
    /// </summary>
    Encrypt,

    /// <summary>Left as it is.</summary>
    Keep,
}
