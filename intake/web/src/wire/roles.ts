/** Reading roles: who a desk is. Source: SPEC 13.3; DESIGN 2. */

import { MalformedKeySetError } from "../errors.ts"

/** A desk's or officer's role; the number enters keys and signatures. */
export const Role = {
    triage: 1,
    oversight: 2,
    custodian: 3,
    protection: 4,
    reward: 5,
    "independent-custodian": 6,
    "independent-protection": 7,
    "independent-reward": 8,
    auditor: 9,
    approver: 10,
} as const

export type RoleName = keyof typeof Role
export type Role = (typeof Role)[RoleName]

export const REQUIRED_DESKS: readonly Role[] = [
    Role.triage,
    Role.oversight,
    Role.custodian,
    Role.protection,
    Role.reward,
    Role.auditor,
]

const ROLES: ReadonlyMap<string, Role> = new Map(Object.entries(Role))

/**
 * A role by its name in key sets.
 *
 * @throws {MalformedKeySetError} no such role.
 */
export function parseRole(name: string): Role {
    const role = ROLES.get(name)
    if (role === undefined) throw new MalformedKeySetError("SPEC 13.3: no such role")
    return role
}

/** The role with this number, if there is one. */
export function roleOfNumber(number: number): Role | undefined {
    return [...ROLES.values()].find((role) => role === number)
}
